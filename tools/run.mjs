// Runs other programs, and leaves none of theirs behind. Each child leads a session and process group of its own, so that a timeout or
// Ctrl-C ends the whole family: a forgotten Redis server or worker would hold a port or keep a core busy in the next run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Lets a signal end this process as `process.exit` does: what it has started, and ends by the event `exit`, ends with it. */
export function exitOnSignals() {
  process.setMaxListeners(0) // that may be more than a few servers
  for (const signal of signals) process.once(signal, () => process.exit(1))
}

/**
 * Runs a command in the root of the project or in `cwd`, to its end. `quiet` returns its output instead of showing it. Past `budgetSeconds` the
 * whole group is killed; that counts as failed.
 */
export async function run(command, args, { cwd = root, env = process.env, quiet = false, budgetSeconds = 600 } = {}) {
  const stream = quiet ? 'pipe' : 'inherit'
  const marked = { SESSERA_STARTED_BY: process.pid, ...env }
  const child = spawn(command, args, { cwd, env: marked, detached: true, stdio: ['ignore', stream, stream] })
  let output = ''
  for (const source of [child.stdout, child.stderr]) source?.setEncoding('utf8').on('data', (text) => (output += text))
  let exitCode
  const onSignal = (signal) => {
    exitCode = 128 + constants.signals[signal]
    send(signal, -child.pid)
    setTimeout(send, 5000, 'SIGKILL', -child.pid).unref()
  }
  for (const signal of signals) process.on(signal, onSignal)
  const budget = setTimeout(() => {
    output += `\nStopped after ${budgetSeconds} s, its time budget.`
    if (!quiet) console.error(output)
    send('SIGKILL', -child.pid)
  }, budgetSeconds * 1000)

  const [code, problem] = await once(child, 'close').catch(({ message }) => [undefined, message])
  clearTimeout(budget)
  for (const signal of signals) process.off(signal, onSignal)
  if (exitCode) process.exit(exitCode)
  return { ok: code === 0, output: (code === undefined ? problem : output).trim(), pid: child.pid }
}

/** Runs a script of an installed package, or one of ours, with this very Node. */
export function runScript(path, args, options) {
  return run(process.execPath, [path, ...args], options)
}

/** Kills and names what an ended child of ours left running for two seconds. Linux only: it reads /proc. */
export async function endLeftovers(leader) {
  for (let tries = 0; tries < 20 && findLeftovers(leader).length > 0; tries++) await sleep(100)
  const left = findLeftovers(leader)
  for (const { pid } of left) send('SIGKILL', pid)
  return left.map(({ pid, command }) => `${pid} ${command}`)
}

// They have lost their parent, and some servers write their title over their environment, so we look for our mark and for the session.
function findLeftovers(leader) {
  const read = (path) => readFileSync(`/proc/${path}`, 'latin1')
  const pids = existsSync('/proc/self/environ') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : []
  return pids.flatMap((pid) => {
    try {
      // After the name, in parentheses: state, parent, group, session.
      const [, state, session] = /.*\) (\w) \d+ \d+ (\d+)/s.exec(read(`${pid}/stat`))
      if (state === 'Z') return []
      const isMarked = () => read(`${pid}/environ`).split('\0').includes(`SESSERA_STARTED_BY=${process.pid}`)
      if (Number(session) !== leader && !isMarked()) return []
      return [{ pid: Number(pid), command: read(`${pid}/cmdline`).replaceAll('\0', ' ') }]
    } catch {
      return [] // It has ended, or belongs to another user.
    }
  })
}

function send(signal, target) {
  try {
    process.kill(target, signal)
  } catch {
    // It has ended already.
  }
}
