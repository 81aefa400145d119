import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { findFreePort } from '../../support/servers/redis.js'

const program = 'memcached'

/** A real memcached of the test's own, on a free port. */
export interface MemcachedServer {
  readonly address: string
  /** Kills it; `restart` brings it back, `stop` must still be called. */
  kill(): Promise<void>
  /** Starts an empty one on the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function startMemcached(): Promise<MemcachedServer> {
  const port = await findFreePort()
  let child = await launch(port)
  const killOnExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killOnExit)
  return {
    address: `127.0.0.1:${port}`,
    kill: () => end(child),
    async restart() {
      await end(child)
      child = await launch(port)
    },
    async stop() {
      await end(child)
      process.removeListener('exit', killOnExit)
    },
  }
}

async function launch(port: number): Promise<ChildProcess> {
  const places = ['-l', '127.0.0.1', '-p', String(port), '-U', '0']
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn(program, [...places, ...user, '-m', '16', '-t', '1'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let printed = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`memcached ended (${code}): ${printed}`)))
  })
  failed.catch(() => {})
  await Promise.race([untilItListens(port), failed])
  return child
}

async function untilItListens(port: number): Promise<void> {
  for (let tries = 1; ; tries++) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch (error) {
      if (tries === 200) throw error
      await wait(25)
    } finally {
      socket.destroy()
    }
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
