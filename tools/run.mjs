// Every child of these commands leads a process group of its own, so that a timeout or Ctrl-C ends the whole family: otherwise a Redis
// server or a worker would outlive the command that started it.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a command in the root of the project, to its end. `quiet` returns its output instead of showing it. Past `budgetSeconds` the
 * whole group is killed; that counts as failed.
 */
export function run(command, args, { env = process.env, quiet = false, budgetSeconds = 600 } = {}) {
  return new Promise((resolve) => {
    const stream = quiet ? 'pipe' : 'inherit'
    const child = spawn(command, args, { cwd: root, env, detached: true, stdio: ['ignore', stream, stream] })
    const { pid } = child
    let output = ''
    let received
    for (const source of [child.stdout, child.stderr])
      source?.setEncoding('utf8').on('data', (text) => (output += text))
    const onSignal = (signal) => {
      received = signal
      signalGroup(pid, signal)
      setTimeout(() => signalGroup(pid, 'SIGKILL'), 5000).unref()
    }
    for (const signal of signals) process.on(signal, onSignal)
    const budget = setTimeout(() => {
      output += `\nStopped after ${budgetSeconds} s, its time budget.`
      if (!quiet) console.error(output)
      signalGroup(pid, 'SIGKILL')
    }, budgetSeconds * 1000)

    const finish = (code) => {
      clearTimeout(budget)
      for (const signal of signals) process.off(signal, onSignal)
      if (received) process.exit(128 + constants.signals[received])
      resolve({ ok: code === 0, code, output: output.trim(), pid })
    }
    child.on('error', ({ message }) => {
      output += message
      finish(undefined)
    })
    child.on('close', finish)
  })
}

/** Runs a script of an installed package, or one of ours, with this very Node. */
export function runScript(path, args, options) {
  return run(process.execPath, [path, ...args], options)
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal)
  } catch {
    // The group has ended already.
  }
}
