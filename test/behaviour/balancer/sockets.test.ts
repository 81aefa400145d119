import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startBackends, type Backends } from '../../support/balancer/backends.js'
import { startHAProxy, startNginx, type HAProxy, type Nginx, type Proxy } from '../../support/balancer/proxies.js'
import { openStreet, type Street, type Visitor } from '../../support/balancer/visitor.js'
import { startRedis, type RedisServer } from '../../support/servers/redis.js'
import { openSocketIo, openWebSocket, type OpenSocket, type OpenSocketWith } from '../../support/sockets/clients.js'

const names = [1, 2, 3]
const libraries: Readonly<Record<string, OpenSocketWith>> = {
  ws: openWebSocket,
  'Socket.IO by WebSocket alone': openSocketIo('websocket'),
}
const proxies = new Map<string, Proxy>()
let redis: RedisServer
let backends: Backends
let haproxy: HAProxy
let nginx: Nginx
const sockets: OpenSocket[] = []

beforeAll(async () => {
  redis = await startRedis()
  const url = new URL('../../support/sockets/backend.ts', import.meta.url)
  backends = await startBackends({ url, args: [redis.url] })
  haproxy = await startHAProxy(backends.ports)
  nginx = await startNginx(backends.ports)
  proxies.set('HAProxy', haproxy).set('nginx', nginx)
}, 90_000)

afterEach(() => sockets.splice(0).forEach(({ close }) => close()))

afterAll(async () => {
  for (const proxy of proxies.values()) await proxy.stop()
  await backends?.stop()
  await redis?.stop()
})

describe.each(['HAProxy', 'nginx'])('through %s, a socket', (proxyName) => {
  describe.each(Object.keys(libraries))('of %s', (library) => {
    let street: Street
    let visitor: Visitor

    beforeAll(async () => {
      street = openStreet(proxies.get(proxyName)!)
      visitor = street.visitor()
    })
    afterAll(() => street.close())

    async function open(cookie = visitor.cookie): Promise<OpenSocket> {
      const { port, certificate } = proxies.get(proxyName)!
      const socket = await libraries[library]!({ origin: `https://localhost:${port}`, cookie, certificate })
      sockets.push(socket)
      return socket
    }

    /** One on each backend, which say that ada is signed in. */
    async function openOnEach(): Promise<readonly OpenSocket[]> {
      const opened = new Map<string, OpenSocket>()
      // On a busy machine a health check may come too late, and a backend is not led to for a moment.
      if (proxyName === 'HAProxy') for (const name of names) await haproxy.sees(name, 'UP')
      for (let tries = 0; opened.size < names.length; tries++) {
        expect(tries, `${proxyName} leads only to ${[...opened.keys()].join(', ')}`).toBeLessThan(200)
        const socket = await open()
        const { backend, userId, data } = await socket.ask('read')
        expect([userId, data]).toEqual(['ada', {}])
        opened.set(backend, socket)
      }
      return [...opened.values()]
    }

    it('reads and changes the session on whichever backend it is', async () => {
      await visitor.post('/sign-in?user=ada')
      const [first, ...others] = await openOnEach()
      await Promise.all(others.map(({ ask }) => ask('buy')))
      expect((await first!.ask('read')).data.bought).toEqual(['tea', 'tea'])
    })

    it('is refused to whoever is not signed in', async () => {
      await expect(open('')).rejects.toThrow(/401|signed in/)
    })

    it('is closed when the session ends on another backend, and says why', async () => {
      await visitor.post('/sign-in?user=ada')
      const opened = await openOnEach()
      // Before, a look would notice the end, and not know why.
      await expect.poll(() => redis.command('PUBSUB', 'NUMSUB', 'sessera:ends')).toEqual(['sessera:ends', 3])
      const { cookie } = visitor
      await visitor.post('/sign-out')
      for (const socket of opened) {
        const { code, reason } = await socket.closed
        if (library === 'ws') expect([code, reason]).toEqual([1008, 'signed-out'])
        else expect(reason).toMatch(/server disconnect/)
      }
      await expect(open(cookie)).rejects.toThrow(/401|signed in/)
    })

    it('whose backend is killed ends, and opens on another one with the same cookie, which is signed in', async () => {
      await visitor.post('/sign-in?user=ada')
      const socket = await open()
      await socket.ask('buy')
      const killed = Number((await socket.ask('read')).backend)
      await backends.kill(killed)
      const { code, reason } = await socket.closed
      if (library === 'ws') expect(code).toBe(1006)
      else expect(reason).toMatch(/transport/)
      const { backend, userId, data } = await (await openWhenPossible(open)).ask('buy')
      expect(backend).not.toBe(String(killed))
      expect([userId, data.bought]).toEqual(['ada', ['tea', 'tea']])
      await backends.start(killed)
      await haproxy.sees(killed, 'UP')
    }, 30_000)
  })
})

describe.each(['HAProxy', 'nginx'])('through %s, an event stream', (proxyName) => {
  it('comes at once, and is over when its session ends', async () => {
    const proxy = proxies.get(proxyName)!
    const street = openStreet(proxy)
    const visitor = street.visitor()
    await visitor.post('/sign-in?user=ada')
    const stream = await openStream(proxy, visitor.cookie)
    expect(String((await once(stream, 'data'))[0])).toBe('data: hello\n\n')
    const rest = text(stream)
    await visitor.post('/sign-out')
    expect(await rest).toMatch(/^event: ended\ndata: (?:signed-out|gone)\n\n$/)
    street.close()
  })
})

// Before those that poll: Socket.IO keeps a backend running for 30 s for a client that does not poll again.
describe('a backend with sockets that is told to end', () => {
  it('closes them once HAProxy has taken it out, and stops; clients go on at another one', async () => {
    const { port, certificate } = haproxy
    const street = openStreet(haproxy)
    const visitor = street.visitor()
    await visitor.post('/sign-in?user=ada')
    const destination = { origin: `https://localhost:${port}`, cookie: visitor.cookie, certificate }
    const opened = await Promise.all([openWebSocket(destination), openSocketIo('websocket')(destination)])
    sockets.push(...opened)
    const name = Number((await opened[0].ask('read')).backend)
    const ended = backends.end(name)
    expect(await opened[0].closed).toMatchObject({ code: 1001, reason: 'restart' })
    const again = await openWebSocket(destination)
    sockets.push(again)
    expect((await again.ask('read')).backend).not.toBe(String(name))
    await ended
    street.close()
    await backends.start(name)
    await haproxy.sees(name, 'UP')
  }, 30_000)
})

describe.each([
  ['HAProxy', startHAProxy],
  ['nginx', startNginx],
])('through %s with the lines for clients that poll, Socket.IO', (_proxyName, start) => {
  it.each([
    ['polling', ['polling']],
    ['polling, and then WebSocket', ['polling', 'websocket']],
  ])('reads and changes the session by %s', async (_how, transports) => {
    const proxy = await start(backends.ports, { polls: true })
    onTestFinished(() => proxy.stop())
    const street = openStreet(proxy)
    onTestFinished(() => street.close())
    const visitor = street.visitor()
    await visitor.post('/sign-in?user=ada')
    const { port, certificate } = proxy
    for (let count = 1; count <= 4; count += 1) {
      const destination = { origin: `https://localhost:${port}`, cookie: visitor.cookie, certificate }
      const socket = await openSocketIo(...transports)(destination)
      sockets.push(socket)
      const { userId, data } = await socket.ask('buy')
      expect([userId, data.bought?.length]).toEqual(['ada', count])
    }
    const others = new Set<string>()
    while (others.size < names.length) others.add((await visitor.get('/')).backend)
    await visitor.post('/sign-out')
    for (const { closed } of sockets) expect((await closed).reason).toMatch(/server disconnect|transport/)
  })
})

function openStream({ port, certificate }: Proxy, cookie: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const target = { host: 'localhost', family: 4, port, path: '/events', headers: { cookie }, ca: certificate }
    get(target, resolve).on('error', reject)
  })
}

/** As a client that tries again: a proxy may still send to a backend that has just died, whose connection attempts fail. */
async function openWhenPossible(open: () => Promise<OpenSocket>): Promise<OpenSocket> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await open()
    } catch (error) {
      if (tries === 10) throw error
    }
  }
}
