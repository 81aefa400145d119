import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'

/** Ends the process when this one exits, however that comes. */
export function endWithUs(child: ChildProcess): void {
  const end = (): void => void child.kill() // a signal that nginx passes on to its workers
  process.once('exit', end)
  child.once('exit', () => process.removeListener('exit', end))
}

/**
 * What a process says first, by the event that is waited for. When it ends instead, rejects with what it has printed to its pipes.
 */
export async function firstOf(child: ChildProcess, event: Promise<unknown[]>): Promise<unknown> {
  let printed = ''
  const keep = (chunk: Buffer): void => void (printed += chunk.toString())
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const ended = once(child, 'close').then(([code, signal]) => {
    throw new Error(`${child.spawnargs.join(' ')} ended (${String(code ?? signal)}): ${printed}`)
  })
  ended.catch(() => {}) // later it may end
  const [first] = (await Promise.race([event, ended])) as [unknown]
  return first
}

/** Shows what a process prints to its pipe of stderr. */
export function showErrors(child: ChildProcess): void {
  child.stderr?.on('data', (chunk: Buffer) => void process.stderr.write(chunk))
}

/** Ends the process and waits for that. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

/** Where a server's program is, also for users whose PATH lacks the folders of system programs. */
export function findProgram(name: string): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin']
  const path = folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate))
  if (path === undefined) throw new Error(`install ${name}`)
  return path
}

/**
 * A port that a server can come back to after a restart: below those that the system gives to outgoing connections, one
 * of which would else take it meanwhile.
 */
export async function findLastingPort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    const server = createServer()
    const free = await new Promise((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
