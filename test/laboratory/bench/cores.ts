import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** The core of the servers that are measured, and that of what puts them under load, with Redis. */
export const coreOfServer = 0
const coreOfLoad = 1

const canPin = availableParallelism() > 1 && ['/usr/bin/taskset', '/bin/taskset'].some((path) => existsSync(path))

/** The command, so that it runs on this core only, where that can be had. */
export function onCore(core: number, command: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '--cpu-list', String(core), ...command] : command
}

/** Keeps this process, and what it starts from now on, away from the servers. Whether that is possible here. */
export function moveToCoreOfLoad(): boolean {
  if (canPin) {
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(coreOfLoad), String(process.pid)])
  }
  return canPin
}

/** How long the core of the servers has been busy since the machine was started, in µs; `undefined` where no one says. */
export function busyTimeOfServerCoreUs(): number | undefined {
  if (!canPin || !existsSync('/proc/stat')) return undefined
  const line = new RegExp(`^cpu${coreOfServer} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'latin1'))?.[1] ?? ''
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = line.split(' ').map(Number)
  return (user + nice + system + steal) * 10_000 // in hundredths of a second
}
