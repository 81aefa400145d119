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
  if (isInstalled()) return
  await exclusively(async () => {
    if (isInstalled()) return
    console.log('Installing the npm packages…')
    const flags = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    const npm = process.env.npm_execpath ?? ''
    const options = { env: cleanEnvironment(), quiet: true }
    const result = npm.endsWith('npm-cli.js') ? await runScript(npm, flags, options) : await run('npm', flags, options)
    if (result.ok) return
    console.error(result.output)
    fail(
      `npm ci failed (${result.code ?? 'npm was not found'}), so the packages are missing. Is the registry reachable?`,
    )
  })
}

// npm notes what it installed in node_modules; packages for other platforms are optional and missing there.
function isInstalled() {
  const wanted = readPackages('package-lock.json')
  const present = readPackages('node_modules/.package-lock.json')
  return Object.entries(wanted).every(([path, { version, optional }]) =>
    path === '' ? true : present[path] ? present[path].version === version : optional,
  )
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages
  } catch {
    return {}
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
