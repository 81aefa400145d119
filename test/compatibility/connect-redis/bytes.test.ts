import { deserialize, serialize } from 'node:v8'
import { gunzipSync, gzipSync } from 'node:zlib'
import { RESP_TYPES } from 'redis'
import { RedisStore, type Serializer } from 'sessera/connect-redis'
import type { RedisClient } from 'sessera/redis'
import { beforeEach, describe, expect, it } from 'vitest'
import { ioredis, nodeRedis } from './clients-in-test.js'
import { ours } from '../express-session/modules.js'
import { serve, type Answer, type Site } from '../express-session/site.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'

const server = await redisInTests()
beforeEach(() => server.command('FLUSHALL'))

const asText = 'a client made by hand that gives text whatever it is asked for'
const asBuffers = 'node-redis, mapped to Buffers'
const clients: Record<string, () => Promise<RedisClient>> = {
  'node-redis': () => nodeRedis(server),
  [asBuffers]: async () => (await nodeRedis(server)).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }),
  ioredis: async () => ioredis(server),
  'ioredis that pipelines by itself': async () => ioredis(server, { enableAutoPipelining: true }),
  // What such clients give back of bytes that are no text is another text.
  async [asText]() {
    const client = await nodeRedis(server)
    return { sendCommand: (command: string[]) => client.sendCommand(command) }
  },
}

const flat = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
// As with connect-redis: a client that gives text has lost the bytes, and one that gives Buffers gives nothing else.
const cannot: Record<string, RegExp> = { [asText]: /gzip|v8/, [asBuffers]: /^text/ }
const serializers: Record<string, Serializer> = {
  JSON,
  gzip: {
    stringify: (value) => gzipSync(JSON.stringify(value)),
    parse: (bytes) => JSON.parse(gunzipSync(bytes).toString()),
  },
  v8: { stringify: (value) => serialize(flat(value)), parse: (bytes) => deserialize(bytes) },
  'bytes that are text': {
    stringify: (value) => Uint8Array.from(Buffer.from(JSON.stringify(value))),
    parse: (bytes: unknown) => JSON.parse((bytes as Buffer).toString('utf8')),
  },
  'text of any bytes': {
    stringify: (value) => gzipSync(JSON.stringify(value)).toString('latin1'),
    parse: (text) => JSON.parse(gunzipSync(Buffer.from(text, 'latin1')).toString()),
  },
}

/** A page that counts its visits. */
function counting(store: RedisStore): Promise<Site> {
  return serve(ours, { store }, (request, response) => {
    request.session['count'] = Number(request.session['count'] ?? 0) + 1
    response.end(String(request.session['count']))
  })
}

const idIn = ({ setCookies }: Answer): string => /s:([^.]*)/.exec(decodeURIComponent(setCookies[0]!))![1]!

describe.each(Object.keys(clients))('with %s', (name) => {
  it.each(Object.keys(serializers).filter((serializer) => !cannot[name]?.test(serializer)))(
    'a serializer of %s: sessions are changed, listed, and read by the next process',
    async (serializerName) => {
      const options = { serializer: serializers[serializerName]!, client: await clients[name]!() }
      const site = await counting(new RedisStore(options))
      const first = await site.ask()
      expect((await site.ask(first)).body).toBe('2')
      // Another store has written nothing yet by which it could tell.
      const other = new RedisStore(options)
      if (!/text/.test(serializerName)) expect(await other.get(idIn(first))).toMatchObject({ count: 2 })
      expect(await (await counting(other)).ask(first)).toMatchObject({ body: '3' })
      expect(await other.all()).toMatchObject([{ count: 3 }])
    },
  )

  it('a record with bytes that are no text is changed by one call', async () => {
    const store = new RedisStore({ client: await clients[name]!() })
    const site = await counting(store)
    const first = await site.ask()
    const key = `sess:${idIn(first)}`
    const text = String(await server.command('GET', key))
    const admin = await nodeRedis(server)
    await admin.set(key, Buffer.from(text.replace('"count":1', '"count":1,"name":"Ren\u00e9"'), 'latin1'))
    const calls = async (): Promise<number> =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(String(await server.command('INFO', 'commandstats')))?.[1])
    const before = await calls()
    expect((await site.ask(first)).body).toBe('2')
    expect((await calls()) - before).toBeLessThanOrEqual(3) // loaded, and stored: by text alone at the second try
    expect(await store.get(idIn(first))).toMatchObject({ count: 2, name: 'Ren\ufffd' })
  })
})

describe('maxBytes', () => {
  it('refuses a larger session before anything is sent, and hurts nobody else', async () => {
    const store = new RedisStore({ client: await clients['node-redis']!(), maxBytes: 1000 })
    const site = await serve(ours, { store }, (request, response) => {
      if (request.url === '/large') request.session['large'] = 'é'.repeat(500)
      else request.session['small'] = 1
      response.end('stored')
    })
    const first = await site.ask()
    const used = async (): Promise<unknown> => server.command('GET', `sess:${idIn(first)}`)
    const before = await used()
    for (let times = 0; times < 6; times++) expect(await site.ask(first, '/large')).toMatchObject({ status: 500 })
    expect(site.errors[0]).toMatchObject({ code: 'DATA_TOO_LARGE', message: expect.stringMatching(/maxBytes is 1000/) })
    expect(await used()).toBe(before)
    expect(await site.ask(first)).toMatchObject({ status: 200 })
    await expect(store.set('id', { large: 'x'.repeat(1000) })).rejects.toMatchObject({ code: 'DATA_TOO_LARGE' })
  })

  it('is 8 MiB by default, and what was stored before can be read', async () => {
    const store = new RedisStore({ client: await clients['node-redis']!(), deadline: '10s' })
    expect(store.maxBytes).toBe(8 * 1024 * 1024)
    await server.command('SET', 'sess:old', JSON.stringify({ cookie: {}, text: 'x'.repeat(9 * 1024 * 1024) }))
    expect(await store.get('old')).toMatchObject({ cookie: {} })
  })
})
