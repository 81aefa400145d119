import { Agent, request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { startBackends } from '../../support/balancer/backends.js'
import { keptCookie } from '../../support/kept-cookie.js'
import { startRedis } from '../../support/servers/redis.js'
import type { Destination } from '../../support/sockets/clients.js'
import type { Figures } from '../../support/sockets/figures.js'

/** Backends with sockets that share a Redis, each a process of its own. */
export interface SocketFleet {
  /** Signs users in on a backend, and resolves to their cookies. */
  signIn(backend: number, count: number): Promise<readonly string[]>
  signOut(backend: number, cookie: string): Promise<void>
  destination(backend: number, cookie: string): Destination
  figures(backend: number): Promise<Figures>
  /** Connections to Redis that have subscribed to something. */
  subscriptions(): Promise<number>
  stop(): Promise<void>
}

// As from a proxy that ends HTTPS.
const headers = { 'x-forwarded-proto': 'https' }

/** `countsTimers` makes the backends slower. */
export async function startSocketFleet(count: number, countsTimers = false): Promise<SocketFleet> {
  const redis = await startRedis()
  const url = new URL('../../support/sockets/backend.ts', import.meta.url)
  const args = [redis.url, ...(countsTimers ? ['counts'] : [])]
  const backends = await startBackends({ url, args }, count)
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })

  async function ask(backend: number, method: string, path: string, cookie = '') {
    const target = { host: '127.0.0.1', port: backends.ports[backend], method, path, agent }
    const answered = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ ...target, headers: { ...headers, cookie } }, resolve)
        .on('error', reject)
        .end()
    })
    const body = await text(answered)
    return { body, cookie: answered.headers['set-cookie']?.map(keptCookie).at(-1) }
  }

  async function signIn(backend: number, wanted: number): Promise<readonly string[]> {
    const cookies = await eachOf(wanted, async (number) => {
      const { cookie } = await ask(backend, 'POST', `/sign-in?user=user-${number}`)
      if (cookie === undefined) throw new Error('Signing in has set no cookie.')
      return cookie
    })
    agent.destroy() // what the backend needs for these connections is not counted
    return cookies
  }

  return {
    signIn,
    async signOut(backend, cookie) {
      await ask(backend, 'POST', '/sign-out', cookie)
    },
    destination: (backend, cookie) => ({ origin: `http://127.0.0.1:${backends.ports[backend]}`, cookie, headers }),
    figures: async (backend) => JSON.parse((await ask(backend, 'GET', '/figures')).body) as Figures,
    async subscriptions() {
      const listed = String(await redis.command('CLIENT', 'LIST', 'TYPE', 'pubsub'))
      return listed.split('\n').filter((line) => line !== '').length
    },
    async stop() {
      agent.destroy()
      await backends.stop()
      await redis.stop()
    },
  }
}

const atOnce = 50

/** Does the same so many times, some of it at once, and resolves to the results in order. */
export async function eachOf<Result>(count: number, work: (number: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  const some = async (): Promise<void> => {
    while (next < count) {
      const number = next++
      results[number] = await work(number)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, some))
  return results
}
