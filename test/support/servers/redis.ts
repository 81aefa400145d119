import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createClient } from 'redis'
import { listen } from '../listen.js'

/** A real redis-server of the test's own, on a free port, in a temporary folder, storing nothing on disk. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  /** The raw state, over a connection of its own: `command('PTTL', key)`. */
  command(...command: string[]): Promise<unknown>
  /** Hangs the server: connections stay open, nothing is answered. */
  pause(): void
  resume(): void
  /** Kills the server, if it still runs, and starts an empty one on the same port. */
  restart(): Promise<void>
  /** Kills the server; `restart` brings it back, `stop` must still be called. */
  kill(): Promise<void>
  stop(): Promise<void>
}

/** Starts a server and waits until it answers. `settings` are further arguments of redis-server. */
export function startRedis(...settings: string[]): Promise<RedisServer> {
  return startRedisFrom([findRedisServer()], ...settings)
}

/** The same for another program than the redis-server of this machine: `launch` is its path and first arguments. */
export async function startRedisFrom(launch: readonly string[], ...settings: string[]): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sessera-redis-'))
  const { port, process: first } = await startOnFreePort(launch, folder, settings)
  let child = first
  const url = `redis://127.0.0.1:${port}`
  const control = createClient({ url, socket: { reconnectStrategy: 20 } })
  control.on('error', () => {}) // expected while the server is down
  await control.connect()
  await control.ping()

  const killOnExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killOnExit)

  return {
    port,
    url,
    command: (...command) => control.sendCommand(command),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async restart() {
      await end(child, 'SIGKILL')
      child = await startServer(launch, port, folder, settings)
      await control.ping()
    },
    kill: () => end(child, 'SIGKILL'),
    async stop() {
      control.destroy()
      await end(child, 'SIGTERM')
      process.removeListener('exit', killOnExit)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function startOnFreePort(
  launch: readonly string[],
  folder: string,
  settings: string[],
): Promise<{ port: number; process: ChildProcess }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort()
    try {
      return { port, process: await startServer(launch, port, folder, settings) }
    } catch (error) {
      if (attempt === 3) throw error // else somebody took the port meanwhile
    }
  }
}

export async function findFreePort(): Promise<number> {
  const server = createServer()
  const { port, close } = await listen(server)
  await close()
  return port
}

/** Resolves when the process says that it accepts connections; rejects with what it said if it ends instead. */
async function startServer(
  launch: readonly string[],
  port: number,
  folder: string,
  settings: string[],
): Promise<ChildProcess> {
  const fixed = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no']
  const [program, ...first] = launch as [string, ...string[]]
  const child = spawn(program, [...first, ...fixed, ...settings], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      if (/ready to accept connections/i.test(output)) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`redis-server ended: ${output}`)))
  })
  child.stdout.removeAllListeners('data').resume()
  child.stderr.removeAllListeners('data').resume()
  return child
}

function findRedisServer(): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin']
  const path = folders.map((folder) => join(folder, 'redis-server')).find((candidate) => existsSync(candidate))
  if (path === undefined) throw new Error('install redis-server')
  return path
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  child.kill('SIGCONT') // a paused server does not hear SIGTERM
  const fallback = setTimeout(() => child.kill('SIGKILL'), 2000)
  await exited
  clearTimeout(fallback)
}
