import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool } from 'redis'
import { RedisStore, type Serializer } from 'sessera/connect-redis'
import type { RedisClient } from 'sessera/redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  compareAndSetRecords,
  type CompareAndSetRecords,
  type Replaced,
  type Text,
} from '../../../src/express-session/repositories/compare-and-set-records.js'
import { clusterLibraries, type Connection, type Library, libraries } from '../../redis/clients/clients.js'
import { ensurePackages, requireFrom } from '../../support/packages.js'
import { startRedisCluster, type RedisCluster } from '../../support/servers/redis-cluster.js'
import { startRedis, type RedisServer } from '../../support/servers/redis.js'

await ensurePackages('redis')
const { createClient: createClient4 } = requireFrom('redis')('redis4') as {
  createClient(options: object): RedisClient & { connect(): Promise<unknown>; disconnect(): Promise<void> }
}

function nodeRedis4(name: string, options: object): Library {
  return {
    name,
    async connect({ port }) {
      const client = createClient4({ socket: { host: '127.0.0.1', port }, ...options })
      await client.connect()
      return { client, close: () => void client.disconnect() }
    },
  }
}

const pool: Library = {
  name: 'a pool of node-redis 6',
  async connect({ port }) {
    const client = createClientPool({ socket: { host: '127.0.0.1', port } })
    await client.connect()
    return { client, close: () => client.destroy() }
  },
}

const all: readonly Library[] = [
  pool,
  nodeRedis4('node-redis 4', {}),
  nodeRedis4('node-redis 4 in legacy mode', { legacyMode: true }),
  ...Object.values(libraries),
]

let server: RedisServer
let cluster: RedisCluster
beforeAll(async () => {
  ;[server, cluster] = await Promise.all([startRedis(), startRedisCluster()])
}, 60_000)
afterAll(() => Promise.all([server?.stop(), cluster?.stop()]))

interface CookieFields {
  readonly expires?: Date | string | null
}

/** What is stored of a session whose cookie has `maxAgeMs` to live, or lasts as long as the browser. */
function sessionFor(maxAgeMs: number | null): { cookie: CookieFields; user: string } {
  return { cookie: { expires: maxAgeMs === null ? null : new Date(Date.now() + maxAgeMs) }, user: 'ada' }
}

function replace(store: RedisStore, id: string, expected: Text, session: object): Promise<Replaced> {
  const records = store[compareAndSetRecords]()!
  return records.replace(id, expected, records.encode(session))
}

describe.each(all)('with $name', ({ connect }) => {
  let connection: Connection
  beforeAll(async () => {
    connection = await connect({ port: server.port })
  })
  afterAll(() => connection?.close())
  beforeEach(() => server.command('FLUSHALL'))

  const open = (options: object = {}): RedisStore =>
    new RedisStore({ client: connection.client, deadline: '10s', ...options })
  const ttl = (key: string): Promise<unknown> => server.command('TTL', key)
  const recordsOf = (store: RedisStore): CompareAndSetRecords => store[compareAndSetRecords]()!

  it('a session is plain JSON at the prefix and the id, and lives as long as its cookie', async () => {
    const store = open()
    const session = sessionFor(60_000)
    await store.set('abc', session)
    expect(await server.command('GET', 'sess:abc')).toBe(JSON.stringify(session))
    expect([59, 60]).toContain(await ttl('sess:abc'))
    expect(await store.get('abc')).toEqual(JSON.parse(JSON.stringify(session)))
    expect(await store.get('other')).toBeNull()
  })

  it.each<[string, object, number | null, number]>([
    ['ttl, without an expiry of the cookie', { ttl: 500 }, null, 500],
    ['a day, without either', {}, null, 86_400],
    ['the cookie, which beats ttl', { ttl: 500 }, 60_000, 60],
    ['a part of a second as a whole one', {}, 1500, 2],
    [
      'ttl as a function, which beats the cookie',
      { ttl: ({ user }: { user: string }) => (user === 'ada' ? 700.5 : 0) },
      60_000,
      701,
    ],
    ['nothing, with disableTTL: it stays', { disableTTL: true }, 60_000, -1],
  ])('its life is that of %s', async (_, options, maxAgeMs, seconds) => {
    await open(options).set('abc', sessionFor(maxAgeMs))
    const left = Number(await ttl('sess:abc'))
    expect(left === seconds || left === seconds - 1).toBe(true)
  })

  it.each<[string, object, number | null]>([
    ['past expiry', {}, -1000],
    ['ttl that answers 0', { ttl: () => 0 }, 60_000],
    ['past expiry, with disableTTL too', { disableTTL: true }, -1000],
    ['expiry that is no date', {}, Number.NaN],
  ])('set destroys a session with a %s', async (_, options, maxAgeMs) => {
    await server.command('SET', 'sess:abc', '{}')
    await open(options).set('abc', sessionFor(maxAgeMs))
    expect(await server.command('EXISTS', 'sess:abc')).toBe(0)
  })

  it('touch moves the end of its life, and leaves the JSON and what is missing alone', async () => {
    const store = open()
    const session = sessionFor(60_000)
    await store.set('abc', session)
    await store.touch('abc', sessionFor(90_000))
    await store.touch('missing', sessionFor(90_000))
    expect([89, 90]).toContain(await ttl('sess:abc'))
    expect(await server.command('GET', 'sess:abc')).toBe(JSON.stringify(session))
    expect(await server.command('KEYS', '*')).toEqual(['sess:abc'])
    await store.touch('abc', sessionFor(-1000))
    expect(await server.command('EXISTS', 'sess:abc')).toBe(0)
  })

  it.each(['disableTouch', 'disableTTL'])('touch does nothing with %s', async (option) => {
    const store = open({ [option]: true })
    await server.command('SET', 'sess:abc', '{}', 'EX', '60')
    await store.touch('abc', sessionFor(90_000))
    expect([59, 60]).toContain(await ttl('sess:abc'))
    expect(await recordsOf(store).touch('abc', sessionFor(90_000) as never)).toBe(true)
    expect(await recordsOf(store).touch('other', sessionFor(90_000) as never)).toBe(false)
    expect([59, 60]).toContain(await ttl('sess:abc'))
  })

  it('destroy removes it', async () => {
    const store = open()
    await store.set('abc', sessionFor(null))
    await store.destroy('abc')
    await store.destroy('missing')
    expect(await server.command('DBSIZE')).toBe(0)
  })

  it('all, ids, length and clear go through all that begins with the prefix, and nothing else', async () => {
    const prefix = 'a?[b]*'
    const foreign = ['ax[b]1', 'a?b1', 'a?[b', 'other']
    for (const key of foreign) await server.command('SET', key, '{}')
    const store = open({ prefix, scanCount: 10 })
    const ids = Array.from({ length: 230 }, (_, index) => String(index))
    await Promise.all(ids.map((id) => store.set(id, sessionFor(null))))
    await server.command('SET', `${prefix}admin:1`, '{"user":"grace"}')
    await server.command('SET', `${prefix}corrupt`, '{"user":')
    await server.command('HSET', `${prefix}hash`, 'user', 'ada')

    const every = [...ids, 'admin:1', 'corrupt', 'hash']
    expect((await store.ids()).toSorted()).toEqual(every.toSorted())
    expect(await store.length()).toBe(233)
    const sessions = (await store.all()) as { id: string; user: string }[]
    expect(sessions.map(({ id }) => id).toSorted()).toEqual([...ids, 'admin:1'].toSorted())
    expect(sessions.find(({ id }) => id === 'admin:1')).toEqual({ id: 'admin:1', user: 'grace' })
    expect(sessions.find(({ id }) => id === '7')).toEqual({ id: '7', ...sessionFor(null) })

    await store.clear()
    expect(((await server.command('KEYS', '*')) as string[]).toSorted()).toEqual(foreign.toSorted())
    expect([await store.ids(), await store.length(), await store.all()]).toEqual([[], 0, []])
    await store.clear()
  })

  it('a prefix may be empty', async () => {
    const store = open({ prefix: '' })
    await store.set('abc', sessionFor(null))
    expect(await server.command('KEYS', '*')).toEqual(['abc'])
    expect(await store.ids()).toEqual(['abc'])
    await store.clear()
    expect(await server.command('DBSIZE')).toBe(0)
  })

  it('what is no string counts as absent, and can be written over', async () => {
    const store = open()
    await server.command('HSET', 'sess:abc', 'user', 'ada')
    expect(await store.get('abc')).toBeNull()
    const { text, endsAt } = (await recordsOf(store).load('abc'))!
    await expect((async () => recordsOf(store).parse(text))()).rejects.toThrow()
    expect(endsAt).toBe(Infinity)
    expect(await replace(store, 'abc', text, sessionFor(null))).toEqual({ status: 'gone' })
    await store.set('abc', sessionFor(null))
    expect(await store.get('abc')).toEqual(sessionFor(null))
  })

  it('any text of a serializer comes back as it was', async () => {
    const serializer: Serializer = { parse: (text) => ({ text }), stringify: ({ text }) => text }
    const store = open({ serializer })
    for (const text of ['é€🙂', '\0\r\n', "'; return 1 --", '0', '"', 'x'.repeat(70_000)]) {
      await store.set('abc', { text })
      expect(await store.get('abc')).toEqual({ text })
      expect(await replace(store, 'abc', text, { text: `${text}!` })).toMatchObject({
        status: 'replaced',
        text: `${text}!`,
      })
      expect(await store.get('abc')).toEqual({ text: `${text}!` })
    }
  })

  describe('the records', () => {
    it('say how long they have to live', async () => {
      const records = recordsOf(open())
      const session = sessionFor(60_000) as never
      const { text, endsAt } = await records.set('abc', records.encode(session))
      const found = await records.load('abc')
      expect(found).toEqual({ text, endsAt: expect.any(Number) })
      for (const end of [endsAt, found!.endsAt]) {
        expect(end - performance.now()).toBeGreaterThan(50_000)
        expect(end - performance.now()).toBeLessThanOrEqual(60_000)
      }
      await server.command('PERSIST', 'sess:abc')
      expect((await recordsOf(open()).load('abc'))!.endsAt).toBe(Infinity)
      expect(await records.load('missing')).toBeUndefined()
    })

    it('are replaced only over the text that was expected, and never made', async () => {
      await server.command('SCRIPT', 'FLUSH')
      const records = recordsOf(open())
      const [first, second, third] = ['1', '2', '3'].map((user) => ({ ...sessionFor(60_000), user })) as never[]
      expect(await records.replace('abc', 'nothing', records.encode(first!))).toEqual({ status: 'gone' })
      const { text: firstText } = await records.set('abc', records.encode(first!))
      const replaced = await records.replace('abc', firstText, records.encode(second!))
      expect(replaced).toMatchObject({ status: 'replaced', text: JSON.stringify(second) })
      expect([59, 60]).toContain(await ttl('sess:abc'))
      // The same call once more, as clients send it whose connection broke before the answer.
      expect(await records.replace('abc', firstText, records.encode(second!))).toMatchObject({ status: 'replaced' })
      expect(await records.replace('abc', firstText, records.encode(third!))).toEqual({
        status: 'changed',
        text: JSON.stringify(second),
      })
      expect(await server.command('GET', 'sess:abc')).toBe(JSON.stringify(second))
      await records.remove('abc')
      expect(await records.replace('abc', JSON.stringify(second), records.encode(third!))).toEqual({ status: 'gone' })
      expect(await server.command('DBSIZE')).toBe(0)
    })

    it('live for ever with disableTTL, and are removed where their life is over', async () => {
      const stays = recordsOf(open({ disableTTL: true }))
      const { text } = await stays.set('abc', stays.encode(sessionFor(60_000)))
      expect(await stays.replace('abc', text, stays.encode({ user: 'grace' }))).toMatchObject({ status: 'replaced' })
      expect(await ttl('sess:abc')).toBe(-1)
      expect(await replace(open(), 'abc', '{"user":"grace"}', sessionFor(-1))).toMatchObject({
        status: 'replaced',
      })
      expect(await server.command('DBSIZE')).toBe(0)
    })

    it('tell by touch whether they are there', async () => {
      const records = recordsOf(open())
      await records.set('abc', records.encode(sessionFor(null)))
      expect(await records.touch('abc', sessionFor(60_000) as never)).toBe(true)
      expect([59, 60]).toContain(await ttl('sess:abc'))
      expect(await records.touch('missing', sessionFor(60_000) as never)).toBe(false)
    })
  })
})

describe('a prefix of ioredis stands before the store’s, in the keys and in the lists,', () => {
  async function check(client: Redis | Cluster, command: RedisServer['command']): Promise<void> {
    try {
      const store = new RedisStore({ client, deadline: '10s' })
      await store.set('abc', { user: 'ada' })
      expect(await command('EXISTS', 'app*:sess:abc')).toBe(1)
      expect(await store.get('abc')).toEqual({ user: 'ada' })
      const replaced = await replace(store, 'abc', '{"user":"ada"}', { user: 'grace' })
      expect(replaced).toMatchObject({ status: 'replaced' })
      expect(await store.ids()).toEqual(['abc'])
      expect(await store.all()).toEqual([{ user: 'grace', id: 'abc' }])
      await command('SET', 'appx:sess:abc', '{}')
      await store.clear()
      expect(await command('EXISTS', 'app*:sess:abc')).toBe(0)
      expect(await command('EXISTS', 'appx:sess:abc')).toBe(1)
    } finally {
      client.disconnect()
    }
  }
  const keyPrefix = 'app*:'

  it('on one server', () => check(new Redis(server.port, '127.0.0.1', { keyPrefix }), server.command))

  it('in a Cluster', async () => {
    const client = new Cluster(
      cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
      { redisOptions: { keyPrefix } },
    )
    await check(client, async (...command) => {
      const owner = await cluster.ownerOf(await cluster.slotOf(String(command[1])))
      return owner.command(...command)
    })
  })
})

describe.each(clusterLibraries)('in a Cluster, with $name', ({ connect }) => {
  let connection: Connection
  beforeAll(async () => {
    connection = await connect(cluster.nodes.map(({ port }) => port))
  })
  afterAll(() => connection?.close())
  beforeEach(() => Promise.all(cluster.nodes.map((node) => node.command('FLUSHALL'))))

  it('sessions are kept on all masters, listed once each, and cleared, and no foreign key with them', async () => {
    const prefix = 'a?[b]*:'
    const store = new RedisStore({ client: connection.client, prefix, scanCount: 10, deadline: '10s' })
    const foreign = new RedisStore({ client: connection.client, prefix: 'ax[b]y:', deadline: '10s' })
    const ids = Array.from({ length: 300 }, (_, index) => String(index))
    await Promise.all(ids.map((id) => Promise.all([store.set(id, { id, user: id }), foreign.set(id, { id })])))
    for (const node of cluster.nodes) expect(await node.command('DBSIZE')).toBeGreaterThan(100)

    expect((await store.ids()).toSorted()).toEqual(ids.toSorted())
    expect(await store.length()).toBe(300)
    const sessions = (await store.all()) as { id: string }[]
    expect(sessions.toSorted((one, other) => Number(one.id) - Number(other.id))).toEqual(
      ids.map((id) => ({ id, user: id })),
    )
    await store.clear()
    expect(await store.length()).toBe(0)
    expect(await foreign.length()).toBe(300)
  })

  it('one session is written, read, replaced, touched and destroyed wherever it stands', async () => {
    const store = new RedisStore({ client: connection.client, deadline: '10s' })
    const records = store[compareAndSetRecords]()!
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const { text } = await records.set(id, records.encode({ user: 'ada' }))
      expect(await records.load(id)).toMatchObject({ text })
      expect(await replace(store, id, text, { user: 'grace' })).toMatchObject({ status: 'replaced' })
      expect(await records.touch(id, { cookie: {} })).toBe(true)
      expect(await store.get(id)).toEqual({ user: 'grace' })
      await store.destroy(id)
      expect(await store.get(id)).toBeNull()
    }
  })
})

describe('a server that went away', () => {
  const connections: { destroy(): void }[] = []
  afterEach(() => connections.splice(0).forEach((client) => client.destroy()))

  it('is told within the deadline, however patient the client is', async () => {
    const doomed = await startRedis()
    try {
      const client = createClient({ url: doomed.url })
      client.on('error', () => {})
      await client.connect()
      connections.push(client)
      const store = new RedisStore({ client, deadline: '300ms' })
      await store.set('abc', { user: 'ada' })
      doomed.pause()
      for (const call of [() => store.get('abc'), () => store.set('abc', {}), () => store.ids()]) {
        await expect(call()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503 })
      }
      doomed.resume()
      await expect.poll(() => store.get('abc').catch(() => undefined), { timeout: 10_000 }).toBeDefined()
    } finally {
      await doomed.stop()
    }
  })
})
