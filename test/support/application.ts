import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { endProcess, endWithUs, firstOf } from './processes.js'
import { singleThreaded } from './commands.js'

export type Settings = Readonly<Record<string, string>>

export interface Application {
  readonly origin: string
  stop(): Promise<void>
}

/** Starts a program that says on which port it listens as its first line. `settings` go into its environment. */
export async function startApplication(path: string, settings: Settings = {}): Promise<Application> {
  const child = spawn(process.execPath, [path], { env: environment(settings), stdio: ['ignore', 'pipe', 'pipe'] })
  endWithUs(child)
  const port = await firstOf(child, once(createInterface(child.stdout), 'line'))
  return { origin: `http://127.0.0.1:${String(port)}`, stop: () => endProcess(child) }
}

/** Runs a program to its end; what it said, and whether it did well. */
export function runToEnd(args: readonly string[], settings: Settings = {}): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    const options = { env: environment(settings), timeout: 60_000 }
    execFile(process.execPath, [singleThreaded, ...args], options, (error, out, errors) => {
      resolve({ ok: error === null, output: (out + errors).trim() })
    })
  })
}

// The test runner's NODE_ENV and options are not the application's.
function environment(settings: Settings): NodeJS.ProcessEnv {
  const { NODE_ENV: _mode, NODE_OPTIONS: _options, ...others } = process.env
  return { ...others, ...settings }
}
