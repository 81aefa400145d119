import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Runs a script with this Node in the root of the repository, and gives what it printed, also where it failed. */
export async function outputOf(...args: readonly string[]): Promise<string> {
  // With V8's own threads, a process that was busy may wait for them for ever when it exits (nodejs/node#54918).
  const run = execute(process.execPath, ['--single-threaded', ...args], { maxBuffer: 1e8 })
  const { stdout, stderr } = await run.catch((error: unknown) => error as { stdout: string; stderr: string })
  return (stdout + stderr).trim()
}

/** Builds the package unless it is built; rejects where that fails. */
export async function build(): Promise<void> {
  await execute(process.execPath, ['tools/compile.mjs'])
}
