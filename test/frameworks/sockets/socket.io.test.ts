import { createServer } from 'node:http'
import { memoryStore, type Session, type Sessions } from 'sessera'
import { socketIoSessions, socketSession, type SocketSessionsOptions } from 'sessera/socket.io'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Data } from '../../support/browser.js'
import { listenInTest } from '../../support/listen-in-test.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'
import { connectSocketIo, SocketIo, type Acknowledge } from '../../support/sockets/libraries.js'
import { hideErrors, inMemory, inRedis, signedIn } from './sessions.js'

const redis = await redisInTests()

/** A server whose sockets answer `read` with what is stored, and `buy` with what is stored after a change. */
async function serve(sessions: Sessions<Data>, options: SocketSessionsOptions<Data> = {}): Promise<string> {
  const httpServer = createServer()
  const { origin } = await listenInTest(httpServer)
  const server = new SocketIo(httpServer)
  onTestFinished(() => server.close())
  socketIoSessions(sessions, server, options)
  server.on('connection', (socket) => {
    const session = socketSession(sessions, socket)
    const answer = (work: () => Promise<unknown>, tell: Acknowledge): void =>
      void work().then(tell, (error: { code: string }) => tell(error.code))
    socket.on('read', (tell) => answer(async () => [session.userId, await session.read()], tell))
    socket.on('buy', (tell) =>
      answer(() => session.update((data) => (data.cart = [...(data.cart ?? []), 'tea'])), tell),
    )
  })
  return origin
}

/** What became of a connection: the message of the error that refused it, or `undefined`. */
async function connect(origin: string, transport: string, cookie = '', extra: Record<string, string> = {}) {
  const socket = connectSocketIo(origin, {
    transports: [transport],
    reconnection: false,
    extraHeaders: { cookie, ...extra },
  })
  onTestFinished(() => socket.disconnect())
  const closed = new Promise<string>((resolve) => socket.once('disconnect', resolve))
  const refusal = await new Promise<string | undefined>((resolve) => {
    socket.once('connect', () => resolve(undefined))
    socket.once('connect_error', (error: Error & { data?: unknown }) => {
      resolve(`${error.message} ${JSON.stringify(error.data)}`)
    })
  })
  return { ask: (what: string) => socket.emitWithAck(what), closed, refusal, connectsAgain: () => socket.active }
}

describe.each(['polling', 'websocket'])('the session of a connection of Socket.IO by %s', (transport) => {
  it('is what is stored when a message comes, and its changes are stored', async () => {
    const sessions = inMemory()
    const browser = await signedIn(sessions)
    const { ask } = await connect(await serve(sessions), transport, browser.cookie)
    expect(await ask('read')).toEqual(['ada', {}])
    await browser.visit(sessions, ({ data }) => void (data.theme = 'dark'))
    expect(await ask('buy')).toEqual(['tea'])
    expect(await ask('read')).toEqual(['ada', { theme: 'dark', cart: ['tea'] }])
  })

  it('may begin with the connection, whose first response sets its cookie', async () => {
    const sessions = inMemory()
    const authorize = (session: Session<Data>): boolean => (session.signIn('guest'), true)
    const origin = await serve(sessions, { authorize })
    const { ask } = await connect(origin, transport)
    expect(await ask('read')).toEqual(['guest', {}])
    expect(await ask('buy')).toEqual(['tea'])
    expect((await sessions.user('guest').list()).length).toBe(1)
    const { headers } = await fetch(`${origin}/socket.io/?EIO=4&transport=polling`)
    expect(headers.getSetCookie()).toEqual([expect.stringMatching(/^session=/)])
  })

  it('is disconnected when it ends elsewhere', async () => {
    const sessions = inMemory()
    const browser = await signedIn(sessions)
    const { closed } = await connect(await serve(sessions), transport, browser.cookie)
    await browser.visit(sessions, (session) => session.end())
    expect(await closed).toMatch(/server disconnect|transport close/)
  })

  it('ends with its connection when it gets a new secret, and its client connects again', async () => {
    const sessions = inMemory()
    const browser = await signedIn(sessions)
    const { closed, connectsAgain } = await connect(await serve(sessions), transport, browser.cookie)
    await browser.visit(sessions, (session) => session.rotate())
    expect(await closed).toBe('transport close')
    expect(connectsAgain()).toBe(true)
  })

  it.each([
    ['whom `authorize` refuses', { authorize: () => false }, {}, /signed in.*\{"code":"NOT_SIGNED_IN","status":401\}/],
    ['of another site', {}, { origin: 'https://evil.example' }, /another site/],
  ])('is refused to those %s', async (_who, options, headers, message) => {
    const origin = await serve(inMemory(), options)
    expect((await connect(origin, transport, '', headers as Record<string, string>)).refusal).toMatch(message)
  })

  it('is refused while the store is unavailable', async () => {
    hideErrors()
    const sessions = inMemory({ ...memoryStore(), load: () => Promise.reject(new Error('down')) })
    const { cookie } = await signedIn(inMemory())
    expect((await connect(await serve(sessions), transport, cookie)).refusal).toMatch(/session store failed/)
  })
})

describe('on two backends with Redis', () => {
  it('TR-11: signing the user out everywhere on one disconnects the sockets of the other', async () => {
    const [one, other] = [await inRedis(redis.url), await inRedis(redis.url)]
    const origin = await serve(one)
    const browsers = [await signedIn(one), await signedIn(other)]
    const sockets = await Promise.all(browsers.map(({ cookie }) => connect(origin, 'websocket', cookie)))
    expect(await other.user('ada').end()).toBe(2)
    for (const { closed } of sockets) expect(await closed).toMatch(/server disconnect|transport close/)
  })
})
