import { createClient } from 'redis'
import { RedisStore } from 'sessera/connect-redis'
import type { RedisClient } from 'sessera/redis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { compareAndSetRecords } from '../../../src/express-session/repositories/compare-and-set-records.js'
import { findOtherServers, type Launch } from '../../support/servers/other-releases.js'
import { startRedisFrom, type RedisServer } from '../../support/servers/redis.js'

const found = await findOtherServers()
const reason = found.status === 'missing' ? found.reason : undefined
const orWhyNot = reason === undefined ? '' : ` (skipped: ${reason})`
it.skipIf(reason !== undefined && !process.env.CI)(`a server that knows IFEQ can be tested${orWhyNot}`, () => {
  expect(reason).toBeUndefined()
})

for (const launch of found.status === 'ready' ? [found.valkey8] : []) describeValkey(launch)

const session = (value: unknown) => ({ cookie: { originalMaxAge: null }, value })
const textOf = (value: unknown): string => JSON.stringify(session(value))

function recordsThrough(client: RedisClient) {
  const store = new RedisStore({ client })
  return { store, records: store[compareAndSetRecords]()! }
}

function describeValkey(launch: Launch): void {
  describe.each([
    ['may do everything', '+@all'],
    ['may not run scripts', '+@all -eval -evalsha'],
    ['may not run ECHO', '+@all -echo'],
  ])('on a server that knows IFEQ, RedisStore of a user who %s', (_what, rights) => {
    let server: RedisServer
    let client: ReturnType<typeof createClient>
    beforeAll(async () => {
      server = await startRedisFrom(launch)
      await server.command('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', ...rights.split(' '))
      client = createClient({ url: server.url, username: 'app', password: 'secret' })
      client.on('error', () => {})
      await client.connect()
    })
    afterAll(async () => {
      client?.destroy()
      await server?.stop()
    })
    beforeEach(() => server.command('FLUSHALL'))

    const stored = (id: string): Promise<unknown> => server.command('GET', `sess:${id}`)

    it('removes a text only if it is the one that was expected', async () => {
      const { store, records } = recordsThrough(client)
      await store.set('id', session('one'))
      expect(await records.removeText('id', textOf('two'))).toBe('changed')
      expect(await stored('id')).toBe(textOf('one'))
      expect(await records.removeText('id', textOf('one'))).toBe('removed')
      expect(await stored('id')).toBeNull()
      expect(await records.removeText('id', textOf('one'))).toBe('gone')
    })

    it('replaces a text only over the one that was expected, with its expiry', async () => {
      const { store, records } = recordsThrough(client)
      await store.set('id', session('one'))
      await server.command('EXPIRE', 'sess:id', '7')
      expect(await records.replace('id', textOf('one'), records.encode(session('two')))).toMatchObject({
        status: 'replaced',
        text: textOf('two'),
      })
      expect(await server.command('TTL', 'sess:id')).toBeGreaterThan(80_000)
      const late = await records.replace('id', textOf('one'), records.encode(session('three')))
      expect(late).toEqual({ status: 'changed', text: textOf('two') })
      expect(await stored('id')).toBe(textOf('two'))
    })

    it('reads what another process has stored, with its first command', async () => {
      await server.command('SET', 'sess:id', textOf('one'))
      expect(await recordsThrough(client).store.get('id')).toEqual(session('one'))
    })

    it('never creates a record, nor replaces one that is no string', async () => {
      const { store, records } = recordsThrough(client)
      await store.set('other', session('one'))
      await server.command('RPUSH', 'sess:list', 'a')
      for (const id of ['gone', 'list'])
        expect(await records.replace(id, textOf('one'), records.encode(session('two')))).toEqual({ status: 'gone' })
      expect(await stored('gone')).toBeNull()
      expect(await server.command('TYPE', 'sess:list')).toBe('list')
    })

    it('removes', async () => {
      const { store } = recordsThrough(client)
      await store.set('id', session('one'))
      await store.destroy('id')
      await store.destroy('id')
      expect(await stored('id')).toBeNull()
    })

    it('does a call once that the client sends twice, and says so', async () => {
      const { store, records } = recordsThrough({
        async sendCommand(command: string[], options: object) {
          await client.sendCommand(command, options)
          return client.sendCommand(command, options)
        },
      })
      await store.set('id', session('one'))
      const replaced = await records.replace('id', textOf('one'), records.encode(session('two')))
      expect(replaced).toMatchObject({ status: 'replaced', text: textOf('two') })
      expect(await stored('id')).toBe(textOf('two'))
    })

    it('keeps all changes of parallel writers', async () => {
      const { store, records } = recordsThrough(client)
      const { records: others } = recordsThrough(client)
      await store.set('id', session([]))
      async function add(writer: typeof records, entry: string): Promise<void> {
        let text = String(await stored('id'))
        for (;;) {
          const { value } = JSON.parse(text) as { value: string[] }
          const reply = await writer.replace('id', text, writer.encode(session([...value, entry])))
          if (reply.status === 'replaced') return
          if (reply.status === 'gone') throw new Error('the record is gone')
          text = String(reply.text)
        }
      }
      const writers = [records, others, records, others].map(async (writer, index) => {
        for (let count = 0; count < 25; count += 1) await add(writer, `${index}-${count}`)
      })
      await Promise.all(writers)
      const { value } = JSON.parse(String(await stored('id'))) as { value: string[] }
      expect(new Set(value).size).toBe(100)
      expect(value).toHaveLength(100)
    })
  })

  describe('on a server that knows IFEQ, a change', () => {
    let server: RedisServer
    let client: ReturnType<typeof createClient>
    beforeAll(async () => {
      server = await startRedisFrom(launch)
      client = createClient({ url: server.url })
      client.on('error', () => {})
      await client.connect()
    })
    afterAll(async () => {
      client?.destroy()
      await server?.stop()
    })

    it('costs one SET and one ECHO', async () => {
      const { store, records } = recordsThrough(client)
      await store.set('id', session('one'))
      await server.command('CONFIG', 'RESETSTAT')
      await records.replace('id', textOf('one'), records.encode(session('two')))
      const statistics = String(await server.command('INFO', 'commandstats'))
      const calls = Array.from(statistics.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm), ([, name, count]) => [
        name,
        count,
      ])
      expect(Object.fromEntries(calls)).toEqual({ 'config|resetstat': '1', set: '1', echo: '1' })
    })

    it('is stored when memory is full, unless it grows', async () => {
      const { store, records } = recordsThrough(client)
      await store.set('id', session('one'))
      await server.command('CONFIG', 'SET', 'maxmemory', '1')
      try {
        const shrinking = await records.replace('id', textOf('one'), records.encode(session('')))
        expect(shrinking).toMatchObject({ status: 'replaced' })
        const growing = records.replace('id', textOf(''), records.encode(session('much more than before')))
        await expect(growing).rejects.toMatchObject({ code: 'STORE_FULL' })
      } finally {
        await server.command('CONFIG', 'SET', 'maxmemory', '0')
      }
    })
  })
}
