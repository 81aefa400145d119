import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { connect as connectTo, type Socket as NetSocket } from 'node:net'
import { memoryStore, type Session, type Sessions } from 'sessera'
import { fakeClock } from 'sessera/testing'
import { socketSession, webSocketSessions, type SocketSessionsOptions } from 'sessera/ws'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Data } from '../../support/browser.js'
import { listenInTest } from '../../support/listen-in-test.js'
import { recordEvents } from '../../support/record-events.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'
import { WebSocket } from '../../support/sockets/libraries.js'
import { hideErrors, inMemory, inRedis, signedIn } from './sessions.js'

const redis = await redisInTests()

/** A server whose sockets answer each message: `read` with what is stored, `buy` with what is stored after a change. */
async function serve(sessions: Sessions<Data>, options: SocketSessionsOptions<Data> = {}) {
  const sockets = new WebSocket.WebSocketServer({ noServer: true })
  const server = createServer()
  server.on('upgrade', webSocketSessions(sessions, sockets, options))
  sockets.on('connection', (socket) => {
    const session = socketSession(sessions, socket)
    const answer = (work: () => Promise<unknown>): void =>
      void work().then(
        (result) => socket.send(JSON.stringify({ userId: session.userId, result })),
        (error: { code: string }) => socket.send(JSON.stringify({ code: error.code })),
      )
    socket.on('message', (text) => {
      if (String(text) === 'read') answer(() => session.read())
      else answer(() => session.update((data) => (data.cart = [...(data.cart ?? []), 'tea'])))
    })
  })
  const upgraded = once(server, 'upgrade').then(([, socket]) => socket as NetSocket)
  return { ...(await listenInTest(server)), upgraded }
}

async function connect(port: number, cookie = '', headers: Record<string, string> = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { cookie, ...headers } })
  onTestFinished(() => socket.terminate())
  socket.on('error', () => {})
  const refused = new Promise<IncomingMessage>((resolve) =>
    socket.on('unexpected-response', (_request, response) => resolve(response)),
  )
  const upgraded = new Promise<IncomingMessage>((resolve) => socket.on('upgrade', resolve))
  const response = await Promise.race([refused, upgraded])
  const closed = new Promise((resolve) => {
    socket.on('close', (code, reason) => resolve([code, String(reason)]))
  })
  const ask = async (text: string): Promise<unknown> => {
    socket.send(text)
    return JSON.parse(String((await once(socket as never, 'message'))[0]))
  }
  return { response, closed, ask }
}

describe('the session of a WebSocket', () => {
  it('is what is stored when a message comes, and its changes are stored', async () => {
    const sessions = inMemory()
    const browser = await signedIn(sessions)
    const { port } = await serve(sessions)
    const { ask } = await connect(port, browser.cookie)
    expect(await ask('read')).toEqual({ userId: 'ada', result: {} })
    await browser.visit(sessions, ({ data }) => void (data.theme = 'dark'))
    expect(await ask('buy')).toEqual({ userId: 'ada', result: ['tea'] })
    expect(await ask('read')).toEqual({ userId: 'ada', result: { theme: 'dark', cart: ['tea'] } })
  })

  it('may begin at the upgrade, which sets its cookie', async () => {
    const sessions = inMemory()
    const { port } = await serve(sessions, { authorize: (session: Session<Data>) => (session.signIn('guest'), true) })
    const { response, ask } = await connect(port)
    expect(response.headers['set-cookie']).toHaveLength(1)
    expect(await ask('buy')).toEqual({ userId: 'guest', result: ['tea'] })
    const cookie = response.headers['set-cookie']?.[0]?.split(';')[0]
    expect((await sessions.open(cookie)).session.data.cart).toEqual(['tea'])
  })

  it('cannot be made by a message', async () => {
    const { port } = await serve(inMemory())
    const { ask } = await connect(port)
    expect(await ask('read')).toEqual({ result: {} })
    expect(await ask('buy')).toEqual({ code: 'COOKIE_NOT_SETTABLE' })
  })

  it.each([
    ['signed-out', (session: Session<Data>) => session.end()],
    ['rotated', (session: Session<Data>) => session.rotate()],
    ['replaced', (session: Session<Data>) => session.signIn('bob')],
  ])('when it is %s by a request, the socket is closed with 1008', async (reason, change) => {
    const sessions = inMemory()
    const browser = await signedIn(sessions)
    const { port } = await serve(sessions)
    const { closed } = await connect(port, browser.cookie)
    await browser.visit(sessions, change)
    expect(await closed).toEqual([1008, reason])
  })

  it('is extended by messages, once in a while', async () => {
    const clock = fakeClock()
    const sessions = inMemory(memoryStore({ now: clock.now }))
    const browser = await signedIn(sessions)
    const { port } = await serve(sessions)
    const { ask } = await connect(port, browser.cookie)
    const events = recordEvents('renewed')
    clock.advance(600_000)
    for (let count = 0; count < 5; count++) await ask('read')
    await expect.poll(() => events.length).toBe(1)
    const [found] = await sessions.user('ada').list()
    expect(found?.lastSeenAt).toBe(clock.now())
  })
})

it.each([
  [{ authorize: true }, /authorize must be a function/],
  [{ trustedOrigins: ['*'] }, /trustedOrigins must name origins/],
  [{ origins: [] }, /origins/],
])('refuses the options %o', (options, message) => {
  const sockets = new WebSocket.WebSocketServer({ noServer: true })
  expect(() => webSocketSessions(inMemory(), sockets, options as never)).toThrow(message)
})

describe('an upgrade', () => {
  it.each([
    ['nobody whom `authorize` refuses', { authorize: () => false }, {}, 401],
    ['nobody for whom `authorize` fails', { authorize: () => Promise.reject(new Error('no')) }, {}, 500],
    ['no page of another site', {}, { origin: 'https://evil.example' }, 403],
    ['a trusted page', { trustedOrigins: ['https://app.example'] }, { origin: 'https://app.example' }, 101],
  ])('lets in %s', async (_who, options, headers, status) => {
    hideErrors()
    const { port } = await serve(inMemory(), options)
    expect((await connect(port, '', headers as Record<string, string>)).response.statusCode).toBe(status)
  })

  it('CS-2: lets its own page in and no other, and counts a refusal as an event', async () => {
    const { port } = await serve(inMemory())
    const events = recordEvents('cross-site-refused')
    expect((await connect(port, '', { origin: `http://127.0.0.1:${port}` })).response.statusCode).toBe(101)
    await connect(port, '', { origin: 'http://127.0.0.1:1' })
    expect(events).toHaveLength(1)
  })

  it('that is refused may be reset by its client, which costs the server no error', async () => {
    const { port, upgraded } = await serve(inMemory(), { authorize: () => false })
    const client = connectTo(port, '127.0.0.1')
    client.write(
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    )
    // Not `once`, which hears of errors too: one that nobody hears of ends the process, and here the run.
    const closed = upgraded.then((socket) => new Promise((resolve) => socket.on('close', resolve)))
    await once(client, 'data')
    client.resetAndDestroy()
    await closed
  })

  it('that is refused is closed, also if its client keeps the connection open', async () => {
    const { port, upgraded } = await serve(inMemory(), { authorize: () => false })
    const client = connectTo({ port, host: '127.0.0.1', allowHalfOpen: true })
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    client.resume()
    await once(await upgraded, 'close')
    client.destroy()
  })

  it('is refused while the store is unavailable', async () => {
    hideErrors()
    const sessions = inMemory({ ...memoryStore(), load: () => Promise.reject(new Error('down')) })
    const { cookie } = await signedIn(inMemory())
    const { response } = await connect((await serve(sessions)).port, cookie)
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, expect.any(String)])
  })
})

describe('on two backends with Redis', () => {
  it('TR-11: signing the user out everywhere on one closes the sockets of the other', async () => {
    const [one, other] = [await inRedis(redis.url), await inRedis(redis.url)]
    const { port } = await serve(one)
    const browsers = [await signedIn(one), await signedIn(other), await signedIn(other)]
    const sockets = await Promise.all(browsers.map(({ cookie }) => connect(port, cookie)))
    expect(await other.user('ada').end()).toBe(3)
    for (const { closed } of sockets) expect(await closed).toEqual([1008, 'user'])
  })
})
