import { createSessions, newHandle, type EndedSession, type Handle, type Sessions } from 'sessera'
import { redisStore } from 'sessera/redis'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Browser, type Data } from '../../support/browser.js'
import type { RedisServer } from '../../support/servers/redis.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'
import { startRedisCluster, type RedisCluster } from '../../support/servers/redis-cluster.js'
import { clusterLibraries, libraries, type Connection } from './clients.js'
import { createUser, handshakes, ours, tried, type User } from './users.js'

const server = await redisInTests()
const { glide, ...subscribing } = libraries
let cluster: RedisCluster
beforeAll(async () => {
  cluster = await startRedisCluster()
}, 60_000)
afterAll(() => cluster?.stop())

/** What this process has been warned of. */
const warnings = (globalThis as unknown as Record<symbol, Set<string>>)[Symbol.for('sessera.redis-warnings')]!

const opened: Sessions<Data>[] = []
const connections: Connection[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((sessions) => sessions.close()))
  for (const { close } of connections.splice(0)) close()
})

type Connect = () => Promise<Connection>

/** A backend with a client of its own. */
async function backend(connect: Connect): Promise<Sessions<Data>> {
  const connection = await connect()
  connections.push(connection)
  const sessions = createSessions<Data>({ store: redisStore({ client: connection.client }), deadline: '10s' })
  opened.push(sessions)
  return sessions
}

async function signIn(sessions: Sessions<Data>, userId = 'ada'): Promise<Handle> {
  const browser = new Browser()
  await browser.visit(sessions, (session) => session.signIn(userId))
  return (await browser.arrive(sessions)).session.handle!
}

/** What a listener is told next. */
function nextEnd(sessions: Sessions<Data>, target: string | { userId: string }): Promise<EndedSession> {
  return new Promise((resolve) => {
    const stop = sessions.onEnd(target, (end) => {
      stop()
      resolve(end)
    })
  })
}

/** The first look at what is listened to is over: a client sends the commands for one handle in their order. */
async function looked(sessions: Sessions<Data>, handle: Handle): Promise<void> {
  for (let times = 0; times < 10; times++) {
    await new Promise((resolve) => setImmediate(resolve))
    await sessions.find(handle)
  }
}

async function subscribers(servers: readonly RedisServer[] = [server]): Promise<number> {
  const lists = await Promise.all(servers.map((one) => one.command('CLIENT', 'LIST', 'TYPE', 'pubsub')))
  return lists
    .join('')
    .split('\n')
    .filter((line) => line !== '').length
}

/** Listens, and resolves once announcements come over the subscription. */
async function subscribed(sessions: Sessions<Data>, servers?: readonly RedisServer[]): Promise<void> {
  const stop = sessions.onEnd(newHandle(), () => {})
  onTestFinished(stop)
  sessions.onEnd({ userId: 'somebody' }, () => {})
  await expect.poll(() => subscribers(servers), { timeout: 10_000 }).toBe(1)
}

// Well below the ten seconds after which a look would find out.
const soon = 4_000

describe.each(Object.values(subscribing))('with $name, onEnd', ({ connect }) => {
  const connectHere: Connect = () => connect({ port: server.port })

  it('tells what another backend has ended, and what the user of the session has, over one subscription', async () => {
    const [one, other] = [await backend(connectHere), await backend(connectHere)]
    await subscribed(other)
    for (let round = 0; round < 10; round++) {
      const handle = await signIn(one)
      const ends = [nextEnd(other, handle), nextEnd(other, { userId: 'ada' })]
      await looked(other, handle)
      await one.end(handle)
      for (const end of await Promise.all(ends))
        expect(end).toEqual({ handle, userId: 'ada', reason: 'administration' })
    }
    expect(await subscribers()).toBe(1)
  })

  it('makes up for what was missed while the connection was broken, and goes on', { timeout: 20_000 }, async () => {
    const [one, other] = [await backend(connectHere), await backend(connectHere)]
    await subscribed(other)
    for (let round = 0; round < 3; round++) {
      const [missed, next] = [await signIn(one), await signIn(one)]
      const [endOfMissed, endOfNext] = [nextEnd(other, missed), nextEnd(other, next)]
      await looked(other, next)
      await server.command('DEL', `sessera:${missed}`) // nothing is announced
      const started = performance.now()
      await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
      expect(await endOfMissed).toEqual({ handle: missed, userId: 'ada', reason: 'gone' })
      expect(performance.now() - started).toBeLessThan(soon)
      await expect.poll(() => subscribers(), { timeout: 10_000 }).toBe(1)
      await one.end(next)
      expect((await endOfNext).reason).toBe('administration')
    }
  })

  it('does not crash while the server is away, and works once it is back', { timeout: 30_000 }, async () => {
    const [one, other] = [await backend(connectHere), await backend(connectHere)]
    const before = await signIn(one)
    await subscribed(other)
    const lost = nextEnd(other, before)
    await server.restart() // with an empty database
    expect((await lost).reason).toBe('gone')
    await expect.poll(() => subscribers(), { timeout: 10_000 }).toBe(1)
    await expect.poll(() => one.find(newHandle()).catch(String), { timeout: 10_000 }).toBeUndefined()
    const handle = await signIn(one)
    const end = nextEnd(other, handle)
    await looked(other, handle)
    await one.end(handle)
    expect((await end).reason).toBe('administration')
  })

  it('has one subscription for ten thousand listeners, and leaves none when it is closed', async () => {
    const sessions = await backend(connectHere)
    await subscribed(sessions)
    const handles = await Promise.all(Array.from({ length: 100 }, () => signIn(sessions)))
    for (const handle of handles) for (let count = 0; count < 100; count++) sessions.onEnd(handle, () => {})
    await looked(sessions, newHandle())
    expect(await subscribers()).toBe(1)
    await sessions.close()
    await expect.poll(() => subscribers()).toBe(0)
  })
})

describe.each(clusterLibraries.filter(({ name }) => name !== glide.name))(
  'with $name in a Cluster, onEnd',
  (library) => {
    const connectHere: Connect = () => library.connect(cluster.nodes.map(({ port }) => port))

    it(
      'tells what another backend has ended, over one subscription, also after it broke',
      { timeout: 30_000 },
      async () => {
        const [one, other] = [await backend(connectHere), await backend(connectHere)]
        await subscribed(other, cluster.nodes)
        for (let round = 0; round < 6; round++) {
          const handle = await signIn(one)
          const ends = [nextEnd(other, handle), nextEnd(other, { userId: 'ada' })]
          await one.end(handle)
          for (const end of await Promise.all(ends))
            expect(end).toEqual({ handle, userId: 'ada', reason: 'administration' })
          if (round % 3 !== 0) continue
          const missed = await signIn(one)
          const end = nextEnd(other, missed)
          const owner = await cluster.ownerOf(await cluster.slotOf(`sessera:${missed}`))
          await looked(other, missed)
          await owner.command('DEL', `sessera:${missed}`)
          await Promise.all(cluster.nodes.map((node) => node.command('CLIENT', 'KILL', 'TYPE', 'pubsub')))
          expect((await end).reason).toBe('gone')
          await expect.poll(() => subscribers(cluster.nodes), { timeout: 10_000 }).toBe(1)
        }
        await other.close()
        await expect.poll(() => subscribers(cluster.nodes)).toBe(0)
      },
    )
  },
)

describe('for a user with few rights, onEnd', () => {
  const index = '+zadd +zcard +zrange +zscan +zrem +zremrangebyscore +zcount +zscore +pexpire +pttl'
  const rights = { publish: '+publish', subscribe: '+subscribe', channel: '&sessera:ends' }
  const withRights = (library: string, granted: string): Promise<User> =>
    createUser([server], `${ours} ${tried} ${index} ${handshakes[library]!} ${granted}`)

  it.each(Object.entries(subscribing))('needs %s no more than what is documented', async (_, { name, connect }) => {
    const user = await withRights(name, Object.values(rights).join(' '))
    const connectAs: Connect = () => connect({ port: server.port, user })
    const [one, other] = [await backend(connectAs), await backend(connectAs)]
    await subscribed(other)
    const handle = await signIn(one)
    const end = nextEnd(other, handle)
    await looked(other, handle)
    await one.end(handle)
    expect((await end).reason).toBe('administration')
  })

  it.each(Object.keys(rights))('asks every second without the right to %s, and warns', async (lacking) => {
    const granted = Object.entries(rights).filter(([name]) => name !== lacking)
    warnings.clear()
    const emit = vi.spyOn(process, 'emitWarning').mockReturnValue()
    onTestFinished(() => emit.mockRestore())
    for (const { name, connect } of [libraries.nodeRedis6, libraries.ioredis6]) {
      const user = await withRights(name, granted.map(([, rule]) => rule).join(' '))
      await toldInASecond(() => connect({ port: server.port, user }))
    }
    const codes = emit.mock.calls.map(([, options]) => (options as unknown as { code: string }).code)
    expect(codes.filter((code) => code === 'SESSERA_REDIS_PUBLISH')).toHaveLength(1)
  })
})

describe('with valkey-glide, onEnd', () => {
  it('asks every second', async () => {
    await toldInASecond(() => glide.connect({ port: server.port }))
  })
})

async function toldInASecond(connect: Connect): Promise<void> {
  const [one, other] = [await backend(connect), await backend(connect)]
  const handle = await signIn(one)
  const ends = [nextEnd(other, handle), nextEnd(other, { userId: 'ada' })]
  await looked(other, handle)
  const started = performance.now()
  await one.end(handle)
  for (const end of await Promise.all(ends)) expect(end).toEqual({ handle, userId: 'ada', reason: 'gone' })
  expect(performance.now() - started).toBeLessThan(soon)
}
