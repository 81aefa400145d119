import { EventEmitter } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createClient } from 'redis'
import { RedisStore, type RedisStoreOptions } from 'sessera/connect-redis'
import { session } from 'sessera/express-session'
import { gate, type Gate } from 'sessera/testing'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { compareAndSetRecords } from '../../../src/express-session/repositories/compare-and-set-records.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'
import { openShop, signedIn, whoIs, type Shop } from '../express-session/user-shop.js'
import { ioredis, nodeRedis } from './clients-in-test.js'

const server = await redisInTests()
beforeEach(async () => void (await server.command('FLUSHALL')))

async function openStore(options: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
  return new RedisStore({ client: await nodeRedis(server), deadline: '10s', ...options })
}

const keysOf = async (pattern: string): Promise<string[]> => (await server.command('KEYS', pattern)) as string[]

/** An index of a user, and what expires it. */
async function indexKey(): Promise<string> {
  const [key, ...others] = await keysOf('sess:@*')
  expect(others).toEqual([])
  return key!
}

const two = async (options: session.SessionOptions = {}): Promise<[Shop, Shop]> =>
  Promise.all([openShop({ store: await openStore(), ...options }), openShop({ store: await openStore(), ...options })])

describe('the index of users in Redis', () => {
  it('is no session: lists do not show it, and clear removes it', async () => {
    const store = await openStore()
    const shop = await openShop({ store })
    await signedIn(shop, 'ada')
    await indexKey()
    expect(await store.length()).toBe(1)
    expect(await store.all()).toHaveLength(1)
    const [id] = await store.ids()
    expect(await store.ids()).toEqual([id])
    expect(id).toMatch(/^[\w-]{32}$/)
    await store.clear()
    expect(await keysOf('*')).toEqual([])
    expect(await shop.sessions.user('ada').list()).toEqual([])
  })

  it('lasts longer than its sessions, but not for ever', async () => {
    const [one] = await two({ cookie: { maxAge: 60_000 } })
    await signedIn(one, 'ada')
    const left = Number(await server.command('PTTL', await indexKey()))
    expect(left).toBeGreaterThan(60_000)
    expect(left).toBeLessThanOrEqual(120_000)
  })

  it('has an end with disableTTL, too', async () => {
    const shop = await openShop({ store: await openStore({ disableTTL: true }) })
    await signedIn(shop, 'ada')
    expect(await shop.sessions.user('ada').list()).toMatchObject([{ expiresAt: undefined, lastSeenAt: undefined }])
    expect(Number(await server.command('PTTL', await indexKey()))).toBeGreaterThan(86_400_000)
  })

  it('keeps ids that look like its mark', async () => {
    const ids = ['-', '--', '-a', 'a']
    const shop = await openShop({ store: await openStore(), genid: () => ids.pop()! })
    const browsers = []
    for (const _ of [1, 2, 3, 4]) {
      const browser = shop.browser()
      await browser.visit('/sign-in-here/ada')
      browsers.push(browser)
    }
    expect(await shop.sessions.user('ada').count()).toBe(4)
    expect(await shop.sessions.user('ada').end()).toBe(4)
    expect(await Promise.all(browsers.map(whoIs))).toEqual(['', '', '', ''])
  })

  it('drops what leads to nothing, on a list and now and then at sign-ins', async () => {
    const [one] = await two()
    const entries = async (): Promise<number> => Number(await server.command('ZCARD', await indexKey()))
    await signedIn(one, 'ada')
    const key = await indexKey()
    for (let number = 0; number < 3; number++) await server.command('ZADD', key, '1', `gone-${number}`)
    expect(await one.sessions.user('ada').count()).toBe(1)
    await vi.waitFor(async () => expect(await entries()).toBe(1))

    for (let number = 0; number < 7; number++) await server.command('ZADD', key, '1', `gone-${number}`)
    await signedIn(one, 'ada') // beside eight others
    await vi.waitFor(async () => expect(await entries()).toBe(2))
  })

  it('gets a lost entry back when the session is renewed or changed', async () => {
    const [one, other] = await two()
    const [reader, writer] = [await signedIn(one, 'ada'), await signedIn(one, 'bob')]
    await server.command('DEL', ...(await keysOf('sess:@*')))
    for (const key of await keysOf('sess:*')) await server.command('EXPIRE', key, '3600') // due for a renewal
    const { cookie } = { cookie: reader.cookies() }
    const elsewhere = other.browser()
    expect((await elsewhere.visit('/who', { cookie })).body).toBe('ada')
    await vi.waitFor(async () => expect(await other.sessions.user('ada').count()).toBe(1))
    await other.browser().visit('/note/tea', { cookie: writer.cookies() })
    await vi.waitFor(async () => expect(await other.sessions.user('bob').count()).toBe(1))
  })

  it('has thousands of entries', { timeout: 60_000 }, async () => {
    const [one, other] = await two({ maxSessionsPerUser: 1200 })
    const first = await signedIn(one, 'ada')
    const key = await indexKey()
    const text = JSON.stringify({ cookie: {}, user: 'ada' })
    const client = await nodeRedis(server)
    const time = Date.now() + 1
    await Promise.all(
      Array.from({ length: 1200 }, async (_, number) => {
        await client.set(`sess:many-${number}`, text, { expiration: { type: 'EX', value: 3600 } })
        await client.zAdd(key, { score: time + number, value: `many-${number}` })
      }),
    )
    expect(await other.sessions.user('ada').count()).toBe(1201)
    await signedIn(other, 'ada') // ends the two that signed in first
    expect(await whoIs(first)).toBe('')
    expect(await client.exists(['sess:many-0', 'sess:many-1'])).toBe(1)
    expect(await one.sessions.user('ada').end()).toBe(1200)
    expect(await other.sessions.user('ada').list()).toEqual([])
  })

  it('works with ioredis and its keyPrefix, and with a prefix and a serializer of the application', async () => {
    const client = ioredis(server)
    client.options.keyPrefix = 'app:'
    const serializer = {
      stringify: (value: object) => `x${JSON.stringify(value)}`,
      parse: (text: string) => JSON.parse(text.slice(1)),
    }
    const shop = await openShop({ store: new RedisStore({ client, prefix: 'its:', serializer }) })
    const [phone] = [await signedIn(shop, 'ada'), await signedIn(shop, 'ada')]
    expect(await shop.sessions.user('ada').end()).toBe(2)
    expect(await whoIs(phone)).toBe('')
    expect(await keysOf('*')).toEqual([expect.stringMatching(/^app:its:@/)])
  })
})

describe('a sign-in that is held before one of its commands', () => {
  /** A backend, and a way to hold the command of this place among those that it sends from then on. */
  async function openHeld(): Promise<{ shop: Shop; holdAt(place: number): Gate }> {
    const client = await nodeRedis(server)
    const send = client.sendCommand.bind(client)
    let [place, held] = [-1, gate()]
    client.sendCommand = async (...call: Parameters<typeof send>) => {
      if (place-- === 0) await held.pass()
      return send(...call)
    }
    const shop = await openShop({ store: new RedisStore({ client, deadline: '10s' }) })
    await signedIn(shop, 'somebody') // the server's time and its scripts are known now
    return {
      shop,
      holdAt(its) {
        held = gate()
        place = its
        return held
      },
    }
  }

  it.each([
    ['the one that ends the session from before', 0],
    ['the one that stores the new session', 1],
    ['the one that enters it', 2],
    ['the one that makes it the user’s', 3],
  ])('%s, is refused if all is ended meanwhile', async (_name, place) => {
    const [{ shop, holdAt }, other] = [await openHeld(), await openShop({ store: await openStore() })]
    const held = holdAt(place)
    const browser = shop.browser()
    const late = browser.visit('/sign-in/ada')
    await held.reached
    expect(await other.sessions.user('ada').end()).toBe(0)
    held.open()
    expect(await late).toMatchObject({ status: 409, body: 'SIGN_IN_REVOKED', setCookies: [] })
    expect(await other.sessions.user('ada').count()).toBe(0)
    await vi.waitFor(async () => expect(await keysOf('sess:*')).toHaveLength(3)) // somebody's session, and two indexes
    expect((await browser.visit('/sign-in/ada')).status).toBe(200)
    expect(await whoIs(browser)).toBe('ada')
  })

  it('is nobody’s until its last command, whatever becomes of its process, and ended by the user’s next end', async () => {
    const [{ shop, holdAt }, other] = [await openHeld(), await openShop({ store: await openStore() })]
    const held = holdAt(3)
    const never = shop.browser().visit('/sign-in/ada')
    await held.reached
    expect(await other.sessions.user('ada').list()).toEqual([])
    expect(await keysOf('sess:*')).toHaveLength(4)
    await other.sessions.user('ada').end()
    expect(await keysOf('sess:*')).toHaveLength(3)
    held.open()
    expect((await never).status).toBe(409)
  })
})

it('removes a text only if it is the one that was expected', async () => {
  const store = await openStore()
  const records = store[compareAndSetRecords]()!
  const session = { cookie: {}, value: 1 }
  await store.set('id', session)
  expect(await records.removeText('id', '{}')).toBe('changed')
  expect(await store.get('id')).toEqual(session)
  expect(await records.removeText('id', JSON.stringify(session))).toBe('removed')
  expect(await server.command('EXISTS', 'sess:id')).toBe(0)
  expect(await records.removeText('id', JSON.stringify(session))).toBe('gone')
})

it('needs the rights that the documentation lists', async () => {
  const page = await readFile('docs/moving-from-express-session.md', 'utf8')
  const [, listed = ''] = /The Redis user needs\s+`([^`]+)`/.exec(page) ?? []
  const own = '+get +set +del +expire +pttl +eval +evalsha +scan'
  const rights = ['reset', 'on', '>x', '~sess:*', '-@all', ...own.split(' '), ...listed.split(' ')]
  await server.command('ACL', 'SETUSER', 'app', ...rights)
  await server.command('ACL', 'LOG', 'RESET')
  const client = await createClient({ url: server.url, username: 'app', password: 'x' }).connect()
  onTestFinished(() => client.destroy())
  const shop = await openShop({ store: new RedisStore({ client, deadline: '10s' }), maxSessionsPerUser: 1 })
  const browser = await signedIn(shop, 'ada')
  const [{ handle } = { handle: '' }] = await shop.sessions.user('ada').list()
  expect(await shop.sessions.find(handle)).toBeDefined()
  await signedIn(shop, 'ada')
  expect(await whoIs(browser)).toBe('')
  expect(await shop.sessions.user('ada').end()).toBe(1)
  const log = (await server.command('ACL', 'LOG')) as { readonly object: string }[]
  const refused = log.map(({ object }) => object).filter((object) => !/^(client|info|echo|mget)/.test(object))
  expect(refused).toEqual([])
})

describe('a store without an index', () => {
  class OwnStore extends session.Store {
    get(_id: string, callback: (error?: unknown) => void): void {
      callback()
    }
    set(_id: string, _session: object, callback?: (error?: unknown) => void): void {
      callback?.()
    }
    destroy(_id: string, callback?: (error?: unknown) => void): void {
      callback?.()
    }
  }

  const plainClient = Object.assign(new EventEmitter(), {
    get: async () => null,
    set: async () => 'OK',
    expire: async () => 1,
    del: async () => 1,
  })

  it.each([
    ['of others', async () => new OwnStore()],
    ['on a client with a few methods', async () => new RedisStore({ client: plainClient })],
    ['whose methods were replaced', async () => Object.assign(await openStore(), { destroy: () => Promise.resolve() })],
  ])('%s: says which stores have one, and serves requests', async (_name, open) => {
    const shop = await openShop({ store: await open() })
    expect((await shop.browser().visit('/sign-in-here/ada')).status).toBe(200)
    expect(() => shop.sessions.user('ada')).toThrow(/RedisStore of sessera\/connect-redis.*MemoryStore/)
    await expect((async () => shop.sessions.find('a'))()).rejects.toMatchObject({ code: 'UNSUPPORTED_BY_STORE' })
    const limited = { store: await open(), secret: 'a', resave: false, saveUninitialized: false, maxSessionsPerUser: 1 }
    expect(() => session({ ...limited, userId: () => 'ada' })).toThrow(/Option maxSessionsPerUser needs .*RedisStore/)
  })

  it('needs the option userId', async () => {
    const options = { secret: 'a', resave: false, saveUninitialized: false }
    expect(() => session(options).sessions.user('ada')).toThrow(/pass the option userId/)
    expect(() => session({ ...options, maxSessionsPerUser: 1 })).toThrow(/userId/)
    expect(() => session({ ...options, maxSessionsPerUser: 0, userId: () => 'a' })).toThrow(/whole number/)
    expect(() => session({ ...options, onOverflow: 'end' as 'refuse' })).toThrow(/onOverflow/)
    expect(() => session({ ...options, userId: 'passport.user' as never })).toThrow(/Option userId must be a function/)
  })
})

it('is found by a client that is connected only later', async () => {
  const client = createClient({ url: server.url })
  const shop = await openShop({ store: new RedisStore({ client }) })
  await client.connect()
  onTestFinished(() => client.destroy())
  await signedIn(shop, 'ada')
  expect(await shop.sessions.user('ada').count()).toBe(1)
})
