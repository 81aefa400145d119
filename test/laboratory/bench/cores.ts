import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

// Read before this process is moved: afterwards only one is left.
const [coreOfServers, coreOfLoad] = allowedCores()
const canPin = coreOfLoad !== undefined && ['/usr/bin/taskset', '/bin/taskset'].some((program) => existsSync(program))

let hasMoved = false

/** The command, so that it runs on the core of the servers only, if this process has left that. */
export function onCoreOfServers(command: readonly string[]): readonly string[] {
  return hasMoved ? ['taskset', '--cpu-list', String(coreOfServers), ...command] : command
}

/** Keeps this process, and what it starts from now on, away from the servers. Whether that is possible here. */
export function moveToCoreOfLoad(): boolean {
  if (canPin) {
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(coreOfLoad), String(process.pid)])
    hasMoved = true
  }
  return canPin
}

/** How long the core of the servers has been busy since the machine was started, in µs; `undefined` where no one says. */
export function busyTimeOfServersCoreUs(): number | undefined {
  if (!canPin) return undefined
  const line = new RegExp(`^cpu${coreOfServers} (.*)$`, 'm').exec(read('/proc/stat'))?.[1] ?? ''
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = line.split(' ').map(Number)
  return (user + nice + system + steal) * 10_000 // they are hundredths of a second
}

/** Those that this process may use. Linux writes them as `0-3,8`. */
function allowedCores(): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(read('/proc/self/status'))?.[1] ?? ''
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: range === '' ? 0 : last - first + 1 }, (_, index) => first + index)
  })
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'latin1') : ''
}
