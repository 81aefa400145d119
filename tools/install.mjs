// A fresh clone must work with one command, so the commands fetch what they need themselves. npm's pre-scripts would not
// do: `ignore-scripts` and `node --run` skip them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exclusively } from './exclusively.mjs'
import { root, run, runScript } from './run.mjs'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19))
  fail(`Sessera needs Node 20.19 or newer; this is Node ${process.versions.node}.`)

/** Makes node_modules what package-lock.json says. Asks no network when it is so already. */
export async function ensurePackages() {
  const problem = await installPackages('.')
  if (problem) fail(problem)
}

/** The same in a folder whose packages only some tests and checks need. Answers what went wrong, or `undefined`. */
export async function installPackages(folder) {
  if (isInstalled(folder)) return undefined
  return exclusively(async () => {
    if (isInstalled(folder)) return undefined
    console.log(`Installing the npm packages${folder === '.' ? '' : ` of ${folder}/`}…`)
    const flags = ['--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    const { ok, code, output } = await runNpm(['ci', '--prefix', join(root, folder), ...flags])
    if (ok) return undefined
    const status = code ?? 'npm was not found'
    return `${output}\nnpm ci failed in ${folder}/ (${status}), so its packages are missing. Is the registry reachable?`
  })
}

/** Runs npm, the one that runs us if there is one, and hands its output over. */
export function runNpm(args) {
  const npm = process.env.npm_execpath ?? ''
  const options = { env: cleanEnvironment(), quiet: true }
  return npm.endsWith('npm-cli.js') ? runScript(npm, args, options) : run('npm', args, options)
}

// npm notes what it installed in node_modules; packages for other platforms are optional and missing there.
function isInstalled(folder) {
  const wanted = readPackages(`${folder}/package-lock.json`)
  const present = readPackages(`${folder}/node_modules/.package-lock.json`)
  if (!wanted || !present) return false
  return Object.entries(wanted).every(([path, { version, optional }]) =>
    path === '' ? true : present[path] ? present[path].version === version : optional,
  )
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages
  } catch {
    return undefined
  }
}

// What the calling npm tells its script (its own flags, production mode) must not leak into the installation.
function cleanEnvironment() {
  const leaks = ([name]) => /^npm_(lifecycle|package)_/.test(name) || name === 'NODE_ENV'
  return Object.fromEntries(Object.entries(process.env).filter((entry) => !leaks(entry)))
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
