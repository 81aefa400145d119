import { RedisStore } from 'sessera/connect-redis'
import { session } from 'sessera/express-session'
import type { RedisClient } from 'sessera/redis'
import { describe, expect, it } from 'vitest'
import { recordEvents } from '../../support/record-events.js'
import { ioredis, nodeRedis } from './clients-in-test.js'
import { goThrough } from '../express-session/bare.js'
import { onBoth } from '../express-session/both.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'

// What applications hand over as an id: what a cookie parser gave for a forged cookie, what a query has, what a socket brought.
const odd: readonly (readonly [name: string, id: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['false', false],
  ['nothing', ''],
  ['a number', 42],
  ['NaN', Number.NaN],
  ['a bigint', 7n],
  ['an object', { a: 1 }],
  ['an object without a prototype', Object.create(null)],
  [
    'an object that throws',
    {
      toString: () =>
        (() => {
          throw new Error('no text')
        })(),
    },
  ],
  ['a list', ['a', 'b']],
  ['a symbol', Symbol('id')],
  ['a function', () => {}],
  ['a Buffer', Buffer.from([0xff, 0xfe])],
  ['a lone surrogate', 'a\ud800'],
  ['a NUL', 'a\u0000b'],
  ['a line break', 'a\r\nb'],
  ['a long one', 'x'.repeat(100_000)],
]
const data = { cookie: { originalMaxAge: null }, user: 'ada' }

const server = await redisInTests()

const clients: Record<string, () => Promise<RedisClient>> = {
  'node-redis': () => nodeRedis(server),
  ioredis: async () => ioredis(server),
}

/** The answer that the callback is given; an exception of the call fails the test. */
function called(store: object, method: string, ...values: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback = (error: unknown, value: unknown): void => (error ? reject(error) : resolve(value))
    Reflect.apply((store as Record<string, () => unknown>)[method]!, store, [...values, callback])
  })
}

async function expectNothing(store: object, id: unknown): Promise<void> {
  expect((await called(store, 'get', id)) ?? null).toBeNull()
  await called(store, 'touch', id, data)
  await called(store, 'destroy', id)
  expect((await called(store, 'load', id)) ?? null).toBeNull()
}

const connections = async (): Promise<number> =>
  Number(/total_connections_received:(\d+)/.exec(String(await server.command('INFO', 'stats')))?.[1])

describe.each(Object.keys(clients))('with %s, as an id', (name) => {
  it.each(odd)('%s finds nothing, is destroyed without an error, and does no harm to others', async (_name, id) => {
    await server.command('FLUSHALL')
    const [mismatches, failures] = [recordEvents('record-mismatch'), recordEvents('store-failed')]
    const store = new RedisStore({ client: await clients[name]!() })
    await store.set('good', data)
    const before = await connections()
    for (let times = 0; times < 6; times++) {
      expect(await called(store, 'get', id)).toBeNull()
      expect(await store.get(id as string)).toBeNull()
      await called(store, 'touch', id, data)
      await called(store, 'destroy', id)
      expect(await called(store, 'load', id)).toBeUndefined()
    }
    expect(await store.get('good')).toEqual(data)
    expect([await connections(), mismatches, failures]).toEqual([before, [], []])
  })

  it('counts as the text that it is behind the prefix', async () => {
    await server.command('FLUSHALL')
    const store = new RedisStore({ client: await clients[name]!() })
    for (const id of [42, undefined, false, ['a', 'b'], Buffer.from('x'), 'a\ud800']) {
      await store.set(id as string, data)
      expect(await store.get(id as string)).toEqual(data)
    }
    const keys = ['42', 'undefined', 'false', 'a,b', 'x', 'a\ufffd'].map((text) => `sess:${text}`)
    expect(((await server.command('KEYS', '*')) as string[]).toSorted()).toEqual(keys.toSorted())
    expect(await store.get('42')).toEqual(data)
    await expect(store.set(Symbol('id') as never, data)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('as that of a request, is one like any other: its session can be stored and ended', async () => {
    await server.command('FLUSHALL')
    const store = new RedisStore({ client: await clients[name]!() })
    const ids = [42, undefined, Buffer.from('x'), 'a\ud800']
    const genid = (): string => ids.shift() as string
    const middleware = session({ secret: 'keyboard cat', resave: false, saveUninitialized: false, store, genid })
    while (ids.length > 0) {
      const request = await goThrough(middleware)
      await request.session?.save()
      expect(await store.length()).toBe(1)
      await request.session?.reload()
      await request.session?.destroy()
      expect(await store.length()).toBe(0)
    }
  })
})

onBoth((session) => {
  it.each(odd.filter(([name]) => !/prototype|throws/.test(name)))(
    'a MemoryStore finds nothing for %s',
    async (_name, id) => {
      await expectNothing(new session.MemoryStore(), id)
    },
  )
})

it.each(odd.filter(([name]) => /prototype|throws/.test(name)))(
  'a MemoryStore of ours finds nothing for %s, too',
  async (_name, id) => {
    const store = new session.MemoryStore()
    await expectNothing(store, id)
    await expect(called(store, 'set', id, data)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  },
)
