import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** The core of the backends, and that of what asks them, with Redis. */
export const coreOfBackends = 0
export const coreOfOthers = 1

let pins = false

/**
 * Runs `work` with this process, and the servers that it starts, away from the backends. Where that is impossible, all of them share
 * the cores.
 */
export async function onSeparateCores<Result>(work: () => Promise<Result>): Promise<Result> {
  const move = (cores: string): void =>
    void execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(process.pid)])
  const count = availableParallelism()
  try {
    if (count > 1) move(String(coreOfOthers))
    pins = count > 1
  } catch {
    // This machine has no such program.
  }
  try {
    return await work()
  } finally {
    if (pins) move(`0-${count - 1}`)
    pins = false
  }
}

/** The command, so that it runs on this core only. */
export function onCore(core: number, command: readonly string[]): readonly string[] {
  return pins ? ['taskset', '--cpu-list', String(core), ...command] : command
}
