import { Redis } from 'ioredis'
import { RedisStore, type RedisStoreOptions } from 'sessera/connect-redis'
import { beforeEach, describe, expect, it } from 'vitest'
import { compareAndSetRecords } from '../../../src/express-session/repositories/compare-and-set-records.js'
import { ioredis, nodeRedis } from './clients-in-test.js'
import { ours } from '../express-session/modules.js'
import { serve } from '../express-session/site.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'

type Client = RedisStoreOptions['client']

const server = await redisInTests()
beforeEach(() => server.command('FLUSHALL'))

/** The methods that connect-redis asks for, with a tenant before each key. */
function tenantOf(client: Awaited<ReturnType<typeof nodeRedis>>) {
  const key = (text: string): string => `tenant:${text}`
  return {
    get: (text: string) => client.get(key(text)),
    set: (text: string, value: string, options?: object) => client.set(key(text), value, options),
    expire: (text: string, seconds: number) => client.expire(key(text), seconds),
    del: (texts: string | string[]) => client.del([texts].flat().map(key)),
    async *scanIterator(options: { MATCH: string; COUNT: number }) {
      for await (const keys of client.scanIterator({ ...options, MATCH: key(options.MATCH) }))
        yield keys.map((text) => text.slice('tenant:'.length))
    },
  }
}

class TenantRedis extends Redis {
  override get = ((key: string) => super.get(`tenant:${key}`)) as Redis['get']
  override set = ((key: string, ...values: ['text']) => super.set(`tenant:${key}`, ...values)) as Redis['set']
  override expire = ((key: string, seconds: number) => super.expire(`tenant:${key}`, seconds)) as Redis['expire']
  override del = ((keys: string[]) => super.del(keys.map((key) => `tenant:${key}`))) as Redis['del']
}

/** A Proxy that hands these methods out, and binds the others. */
function proxyOf<Target extends object>(target: Target, own: object = {}): Target {
  return new Proxy(target, {
    get(_target, name) {
      const value: unknown = Reflect.get(own, name) ?? Reflect.get(target, name, target)
      return typeof value === 'function' && !(name in own) ? value.bind(target) : value
    },
  })
}

const withTenant: Record<string, () => Promise<Client>> = {
  'made by hand': async () => tenantOf(await nodeRedis(server)),
  'made by hand, which gives answers and no promises of them': async () => {
    const texts = new Map<string, string>()
    const get = (key: string): string | null => texts.get(`tenant:${key}`) ?? null
    const set = (key: string, value: string): unknown =>
      server.command('SET', `tenant:${key}`, value).then(() => texts.set(`tenant:${key}`, value))
    const del = (keys: string[]): unknown => keys.map((key) => texts.delete(`tenant:${key}`)).length
    return { get, set, del, expire: () => 1, scanIterator: () => [[...texts.keys()].map((key) => key.slice(7))] }
  },
  'a Proxy of node-redis': async () => {
    const client = await nodeRedis(server)
    return proxyOf(client, tenantOf(client))
  },
  'node-redis with methods put on it': async () => {
    const client = await nodeRedis(server)
    const plain = Object.create(client) as typeof client
    return Object.assign(client, tenantOf(proxyOf(plain, Object.getPrototypeOf(client) as object)))
  },
  'an object that inherits from node-redis': async () => {
    const client = await nodeRedis(server)
    return Object.assign(Object.create(client) as object, tenantOf(client))
  },
  'a subclass of ioredis': async () => ioredis(server, {}, TenantRedis),
}

describe.each(Object.keys(withTenant))('a client with a get and set of its own, %s,', (name) => {
  it('is asked by them, and serves', async () => {
    const store = new RedisStore({ client: await withTenant[name]!() })
    expect(store[compareAndSetRecords]()).toBeUndefined()
    const site = await serve(ours, { store }, async (request, response) => {
      if (request.url === '/out') await request.session.destroy()
      else request.session['count'] = Number(request.session['count'] ?? 0) + 1
      response.end(String(request.session?.['count']))
    })
    const first = await site.ask()
    expect(await server.command('KEYS', '*')).toEqual([expect.stringMatching(/^tenant:sess:/)])
    expect((await site.ask(first)).body).toBe('2')
    if (!name.includes('subclass')) expect(await store.length()).toBe(1)
    expect((await site.ask(first, '/out')).body).toBe('undefined')
    expect((await site.ask(first)).body).toBe('1')
  })
})

const asTheyAre: Record<string, () => Promise<Client>> = {
  'node-redis': () => nodeRedis(server),
  'a Proxy that binds': async () => proxyOf(await nodeRedis(server)),
  'a Proxy of ioredis that binds': async () => proxyOf(ioredis(server)),
  'an object that inherits': async () => Object.create(await nodeRedis(server)) as Client,
  ioredis: async () => ioredis(server),
  'a subclass of ioredis': async () => {
    class Named extends Redis {
      readonly purpose = 'sessions'
    }
    return ioredis(server, {}, Named)
  },
}

it.each(Object.keys(asTheyAre))('%s compares and sets', async (name) => {
  const store = new RedisStore({ client: await asTheyAre[name]!() })
  expect(store[compareAndSetRecords]()).toBeDefined()
  await store.set('id', { cookie: {} })
  expect(await store.get('id')).toEqual({ cookie: {} })
})

describe('a client made by hand', () => {
  it('keeps sessions as long as they are to live, lists them and clears them', async () => {
    const client = tenantOf(await nodeRedis(server))
    const store = new RedisStore({ client, ttl: 500 })
    await store.set('a', { cookie: {}, user: 'ada' })
    expect(Number(await server.command('TTL', 'tenant:sess:a'))).toBeGreaterThan(490)
    await store.touch('a', { cookie: { expires: new Date(Date.now() + 60_000) } })
    expect(Number(await server.command('TTL', 'tenant:sess:a'))).toBeLessThan(61)
    await new RedisStore({ client, disableTTL: true }).set('b', { cookie: {}, user: 'bob' })
    expect(await server.command('TTL', 'tenant:sess:b')).toBe(-1)
    expect((await store.ids()).toSorted()).toEqual(['a', 'b'])
    expect(await store.all()).toHaveLength(2)
    await store.set('a', { cookie: { expires: new Date(0) } })
    expect(await store.length()).toBe(1)
    await store.clear()
    expect(await server.command('DBSIZE')).toBe(0)
  })

  it('needs no method that scans, until sessions are listed', async () => {
    const { scanIterator: _, ...client } = tenantOf(await nodeRedis(server))
    const store = new RedisStore({ client })
    await store.set('a', { cookie: {} })
    for (const list of ['length', 'ids', 'all', 'clear'] as const)
      await expect(store[list]()).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/scanIterator/),
      })
    expect(await store.get('a')).toEqual({ cookie: {} })
  })

  it.each(['get', 'set', 'expire', 'del'])('is refused at the start where it has no %s', async (method) => {
    const client = { ...tenantOf(await nodeRedis(server)), [method]: undefined }
    expect(() => new RedisStore({ client })).toThrow(/client must be .*get, set, expire and del/)
  })
})
