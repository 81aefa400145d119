import { createClient } from 'redis'
import { RedisStore, type RedisStoreOptions } from 'sessera/connect-redis'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { recordEvents } from '../../support/record-events.js'
import { ours } from '../express-session/modules.js'
import { serve } from '../express-session/site.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'

const server = await redisInTests()
const client = await createClient({ url: server.url }).connect()
afterAll(() => client.destroy())
beforeEach(() => server.command('FLUSHALL'))

type Options = Omit<RedisStoreOptions, 'client'>
interface Fields {
  readonly bad?: unknown
}

const fail = (): never => {
  throw new TypeError('of the application')
}
const stringify = (instead: () => unknown): Options => ({
  serializer: {
    parse: JSON.parse,
    stringify: (value: Fields) => (value.bad ? instead() : JSON.stringify(value)) as string,
  },
})
const ttl = (instead: () => unknown): Options => ({ ttl: ({ bad }: Fields) => (bad ? (instead() as number) : 100) })

const faults: readonly (readonly [name: string, options: Options, methods: readonly string[]])[] = [
  ['stringify throws', stringify(fail), ['set']],
  ['stringify gives undefined', stringify(() => undefined), ['set']],
  ['stringify gives a number', stringify(() => 5), ['set']],
  ['stringify gives a promise', stringify(async () => '{}'), ['set']],
  ['stringify gives a promise that rejects', stringify(async () => fail()), ['set']],
  ['ttl throws', ttl(fail), ['set', 'touch']],
  ['ttl gives undefined', ttl(() => undefined), ['set', 'touch']],
  ['ttl gives NaN', ttl(() => Number.NaN), ['set', 'touch']],
  ['ttl gives a promise', ttl(async () => 60), ['set', 'touch']],
  ['ttl gives a promise that rejects', ttl(async () => fail()), ['set', 'touch']],
]

it.each(faults)('%s for one visitor: an error of theirs, and of nobody else', async (_name, options, methods) => {
  const failures = recordEvents('store-failed')
  const store = new RedisStore({ client, ...options })
  const [good, bad] = [{ cookie: {} }, { cookie: {}, bad: 1 }]
  await store.set('good', good)
  await server.command('SET', 'sess:bad', '{"cookie":{}}')
  for (let times = 0; times < 6; times++) {
    for (const method of methods as ['set']) {
      await expect(store[method]('bad', bad)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', status: 500 })
      expect(await new Promise((resolve) => void store[method]('bad', bad, resolve))).toMatchObject({ status: 500 })
    }
    expect(await store.get('good')).toEqual(good)
  }
  expect(failures).toEqual([])
  expect(await store.get('bad')).toEqual({ cookie: {} }) // neither stored over nor ended
})

it.each(faults)('%s for one visitor: others get their pages', async (_name, options) => {
  const store = new RedisStore({ client, ...options })
  const site = await serve(ours, { store }, (request, response) => {
    if (request.url === '/bad') request.session['bad'] = 1
    request.session['count'] = Number(request.session['count'] ?? 0) + 1
    response.end(String(request.session['count']))
  })
  const visitor = await site.ask()
  for (let times = 0; times < 6; times++) expect(await site.ask(undefined, '/bad')).toMatchObject({ status: 500 })
  expect(await site.ask(visitor)).toMatchObject({ status: 200, body: '2' })
})

it('ttl that fails where a session is only read changes nothing about the answer', async () => {
  let isBad = false
  const store = new RedisStore({ client, ttl: () => (isBad ? fail() : 100) })
  const site = await serve(ours, { store }, (request, response) => {
    if (request.url === '/') request.session['user'] = 'ada'
    response.end(String(request.session['user']))
  })
  const visitor = await site.ask()
  isBad = true
  expect(await site.ask(visitor, '/read')).toMatchObject({ status: 200, body: 'ada' })
})
