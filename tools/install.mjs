// A fresh clone must work with one command, so the commands install what they need. npm's pre-scripts would not do: `ignore-scripts`
// and `node --run` skip them.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root, run, runScript } from './run.mjs'

const lock = join(root, 'build/lock')
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19))
  fail(`Sessera needs Node 20.19 or newer; this is Node ${process.versions.node}.`)

/** Makes node_modules what package-lock.json says. Needs no network when it is so already. */
export async function ensurePackages() {
  const problem = await installPackages('.')
  if (problem) fail(problem)
}

/** The same in a folder whose packages only some tests need. Returns what went wrong, or `undefined`. */
export async function installPackages(folder) {
  if (isInstalled(folder)) return undefined
  return exclusively(async () => {
    if (isInstalled(folder)) return undefined
    console.log(`Installing the npm packages${folder === '.' ? '' : ` of ${folder}/`}…`)
    const flags = ['--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    const { ok, output } = await runNpm(['ci', '--prefix', join(root, folder), ...flags])
    if (ok) return undefined
    return `${output}\nnpm ci failed in ${folder}/, so its packages are missing. Is the registry reachable?`
  })
}

/** Runs npm, the one that runs us if there is one, quietly. */
export function runNpm(args) {
  // What the calling npm says to its script (its own flags, production mode) must not reach the installation.
  const isOurs = ([name]) => !/^npm_(lifecycle|package)_|^NODE_ENV$/.test(name)
  const options = { env: Object.fromEntries(Object.entries(process.env).filter(isOurs)), quiet: true }
  const npm = process.env.npm_execpath ?? ''
  return npm.endsWith('npm-cli.js') ? runScript(npm, args, options) : run('npm', args, options)
}

/** Runs `task` while no other process does so here: two that install or build at once would write over each other. */
export async function exclusively(task) {
  mkdirSync(join(root, 'build'), { recursive: true })
  while (!takeLock()) await sleep(100)
  try {
    return await task()
  } finally {
    rmSync(lock, { force: true })
  }
}

// The lock of a process that has died is removed. 0, our own group, stands for one that was just taken or given back.
function takeLock() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0)
  } catch (error) {
    if (error.code === 'ESRCH') rmSync(lock, { force: true })
  }
  return false
}

// npm notes in node_modules what it installed. Optional packages for other platforms are missing there.
function isInstalled(folder) {
  const [wanted, present] = ['package-lock.json', 'node_modules/.package-lock.json'].map((name) => {
    const path = join(root, folder, name)
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined
  })
  const isPresent = ([path, { version, optional }]) =>
    path === '' || (present[path] ? present[path].version === version : optional)
  return present !== undefined && Object.entries(wanted).every(isPresent)
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
