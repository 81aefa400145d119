import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { redisStore } from 'sessera/redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newHandle, newVersion, type SessionStore } from '../../src/store.js'
import { redisInTests } from '../support/servers/redis-in-tests.js'
import { testClients, type TestClient } from '../support/redis-clients.js'

const server = await redisInTests()

describe.each(testClients)('redisStore with $name', ({ connect }) => {
  let connection: TestClient
  let store: SessionStore

  beforeAll(async () => {
    connection = await connect(server.url)
    store = redisStore({ client: connection.client })
  })

  afterAll(() => connection?.close())

  describe('layout', () => {
    it('is one string at prefix and handle: the version, a space, the text', async () => {
      const handle = newHandle()
      const version = await store.insert(handle, 'head\ndata', 60_000)
      expect(version).toMatch(/^[A-Za-z0-9_-]{11}$/)
      expect(await server.command('GET', `sessera:${handle}`)).toBe(`${version} head\ndata`)
    })

    it('is the same after a replace', async () => {
      const handle = newHandle()
      const first = await store.insert(handle, 'one', 60_000)
      const replaced = await store.replace(handle, first!, 'two', 60_000)
      expect(replaced.status).toBe('replaced')
      const { version } = replaced as { version: string }
      expect(version).not.toBe(first)
      expect(await server.command('GET', `sessera:${handle}`)).toBe(`${version} two`)
    })

    it('of a journal is one key, which goes with the entry that goes last', async () => {
      const user = newHandle()
      const key = `sessera:journal:${createHash('sha256').update(user, 'utf16le').digest('base64url').slice(0, 21)}`
      for (const keepMs of [1_000, 60_000, 2_000]) await store.journal!.append(user, 'text', keepMs, 3)
      const left = Number(await server.command('PTTL', key))
      expect(left).toBeGreaterThan(30_000)
      expect(left).toBeLessThanOrEqual(60_000)
    })

    it('begins with the prefix that was given', async () => {
      const handle = newHandle()
      const other = redisStore({ client: connection.client, prefix: 'shop/' })
      await other.insert(handle, 'text', 60_000)
      expect(await server.command('EXISTS', `shop/${handle}`)).toBe(1)
      expect(await store.load(handle)).toBeUndefined()
    })

    it('keeps every byte of the text', async () => {
      const handle = newHandle()
      const text = 'a\r\nb\0c]]d"e\'f\\n🙂é\u2028\t' + 'x'.repeat(100_000)
      const version = await store.insert(handle, text, 60_000)
      expect(await store.load(handle)).toEqual({ text, version })
      expect(await store.replace(handle, version!, `${text}!`, 60_000)).toMatchObject({ status: 'replaced' })
      expect((await store.load(handle))?.text).toBe(`${text}!`)
      expect(await store.replace(handle, newVersion(), 'late', 60_000)).toMatchObject({
        status: 'changed',
        current: { text: `${text}!` },
      })
    })
  })

  describe('expiry', () => {
    it('is the lifetime in milliseconds, after an insert and after a replace', async () => {
      const handle = newHandle()
      const version = await store.insert(handle, 'one', 40_000)
      expect(await lifeLeft(handle)).toBeGreaterThan(20_000)
      expect(await lifeLeft(handle)).toBeLessThanOrEqual(40_000)
      await store.replace(handle, version!, 'two', 90_000)
      expect(await lifeLeft(handle)).toBeGreaterThan(70_000)
      expect(await lifeLeft(handle)).toBeLessThanOrEqual(90_000)
    })

    it.each([0.2, Infinity])('is set for a lifetime of %d ms too', async (lifetimeMs) => {
      const handle = newHandle()
      expect(await store.insert(handle, 'text', lifetimeMs)).toBeDefined()
      expect(await lifeLeft(handle)).not.toBe(-1)
    })

    it.each([0, -1, Number.NaN])('of %d ms stores nothing', async (lifetimeMs) => {
      const handle = newHandle()
      expect(await store.insert(handle, 'text', lifetimeMs)).toBeUndefined()
      expect(await store.load(handle)).toBeUndefined()

      const version = await store.insert(handle, 'text', 60_000)
      expect(await store.replace(handle, version!, 'new', lifetimeMs)).toEqual({ status: 'gone' })
      expect(await store.load(handle)).toEqual({ text: 'text', version })
    })
  })

  describe('a call that the client sends twice', () => {
    let twice: SessionStore

    beforeAll(() => {
      twice = redisStore({ client: connection.sendingTwice })
    })

    it('inserts once and knows its own version', async () => {
      const handle = newHandle()
      const version = await twice.insert(handle, 'text', 60_000)
      expect(version).toBeDefined()
      expect(await store.load(handle)).toEqual({ text: 'text', version })
    })

    it('does not take a handle that is in use', async () => {
      const handle = newHandle()
      const version = await store.insert(handle, 'theirs', 60_000)
      expect(await twice.insert(handle, 'theirs', 60_000)).toBeUndefined()
      expect(await store.load(handle)).toEqual({ text: 'theirs', version })
    })

    it('replaces once and says so', async () => {
      const handle = newHandle()
      const version = await store.insert(handle, 'one', 60_000)
      const replaced = await twice.replace(handle, version!, 'two', 60_000)
      expect(replaced.status).toBe('replaced')
      expect(await store.load(handle)).toEqual({ text: 'two', version: (replaced as { version: string }).version })
    })

    it('adds an entry to a journal once, at its place', async () => {
      const user = newHandle()
      for (const text of ['one', 'two', 'three']) await twice.journal!.append(user, text, 60_000, 3)
      expect(await store.journal!.read(user)).toEqual(['three', 'two', 'one'])
    })

    it('is content when what it removes is gone', async () => {
      const handle = newHandle()
      const version = await store.insert(handle, 'text', 60_000)
      expect(await twice.remove(handle, version)).toBe('gone')
      expect(await store.load(handle)).toBeUndefined()
    })
  })

  describe('scripts', () => {
    it('are sent again when the server has forgotten them', async () => {
      const handle = newHandle()
      const first = await store.insert(handle, 'one', 60_000)
      await server.command('SCRIPT', 'FLUSH')
      const replaced = await store.replace(handle, first!, 'two', 60_000)
      expect(replaced.status).toBe('replaced')
      await server.command('SCRIPT', 'FLUSH')
      expect(await store.remove(handle, (replaced as { version: string }).version)).toBe('removed')
    })

    it('travel by their hash once the server has them', async () => {
      const handle = newHandle()
      let version = (await store.insert(handle, 'one', 60_000))!
      await store.replace(handle, newVersion(), 'none', 60_000) // whatever the server had forgotten, it has now
      await server.command('CONFIG', 'RESETSTAT')
      for (const text of ['two', 'three']) {
        version = ((await store.replace(handle, version, text, 60_000)) as { version: string }).version
      }
      expect(await callsByCommand()).toMatchObject({ evalsha: 2 })
      expect(await callsByCommand()).not.toHaveProperty('eval')
    })

    it('never create', async () => {
      const handle = newHandle()
      for (const expected of ['', newVersion()]) {
        expect(await store.replace(handle, expected, 'text', 60_000)).toEqual({ status: 'gone' })
      }
      expect(await server.command('EXISTS', `sessera:${handle}`)).toBe(0)
    })
  })

  describe('a key of another type', () => {
    const makers: readonly (readonly [string, (key: string) => string[]])[] = [
      ['list', (key) => ['RPUSH', key, 'a', 'b']],
      ['hash', (key) => ['HSET', key, 'field', 'value']],
      ['set', (key) => ['SADD', key, 'member']],
      ['sorted set', (key) => ['ZADD', key, '1', 'member']],
      ['stream', (key) => ['XADD', key, '*', 'field', 'value']],
    ]

    it.each(makers)('(%s) is unreadable, never matched, and removable', async (_type, make) => {
      const handle = newHandle()
      const key = `sessera:${handle}`
      await server.command(...make(key))
      await server.command('PEXPIRE', key, '60000')
      const unreadable = { text: '', version: '' }

      expect(await store.load(handle)).toEqual(unreadable)
      expect(await store.insert(handle, 'text', 60_000)).toBeUndefined()
      for (const expected of ['', newVersion()]) {
        expect(await store.replace(handle, expected, 'text', 60_000)).toEqual({
          status: 'changed',
          current: unreadable,
        })
        expect(await store.remove(handle, expected)).toBe('changed')
      }
      expect(await server.command('TYPE', key)).not.toBe('string')
      expect(await store.remove(handle)).toBe('removed')
      expect(await server.command('EXISTS', key)).toBe(0)
    })
  })

  describe('a value that is not ours', () => {
    const values = [
      '',
      ' ',
      '{"cookie":{}}',
      '12345678901',
      'AAAAAAAAAA! text',
      'AAAAAAAAAAAtext',
      '            x',
      '🙂🙂🙂🙂',
    ]

    it.each(values)('(%j) is unreadable, never matched, and removable', async (value) => {
      const handle = newHandle()
      const key = `sessera:${handle}`
      await server.command('SET', key, value, 'PX', '60000')
      const unreadable = { text: value, version: '' }

      expect(await store.load(handle)).toEqual(unreadable)
      expect(await store.insert(handle, 'text', 60_000)).toBeUndefined()
      for (const expected of ['', value, value.slice(0, -1), newVersion()]) {
        expect(await store.replace(handle, expected, 'text', 60_000)).toEqual({
          status: 'changed',
          current: unreadable,
        })
        expect(await store.remove(handle, expected)).toBe('changed')
      }
      expect(await server.command('GET', key)).toBe(value)
      expect(await store.remove(handle)).toBe('removed')
    })

    it('that is not even text does not fail', async () => {
      const handle = newHandle()
      await server.command('SET', `sessera:${handle}`, 'x', 'PX', '60000')
      await server.command('SETBIT', `sessera:${handle}`, '0', '1')
      expect(await store.load(handle)).toMatchObject({ version: '' })
    })
  })

  it('removes a version, and only that version', async () => {
    const handle = newHandle()
    const version = await store.insert(handle, 'text', 60_000)
    expect(await store.remove(handle, newVersion())).toBe('changed')
    expect(await store.remove(handle, '')).toBe('changed')
    expect(await store.remove(handle, version)).toBe('removed')
    expect(await store.remove(handle, version)).toBe('gone')
    expect(await store.remove(handle)).toBe('gone')
  })

  it('lets one of many replaces at once win', async () => {
    const handle = newHandle()
    const version = await store.insert(handle, 'start', 60_000)
    const texts = Array.from({ length: 20 }, (_, index) => `writer ${index}`)
    const results = await Promise.all(texts.map((text) => store.replace(handle, version!, text, 60_000)))
    const winners = results.filter(({ status }) => status === 'replaced')
    expect(winners).toHaveLength(1)
    expect((await store.load(handle))?.text).toBe(texts[results.indexOf(winners[0]!)])
  })

  it('puts no stored text into an error when the server fails', async () => {
    const handle = newHandle()
    const version = await store.insert(handle, 'text', 60_000)
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    try {
      const inserting = store.insert(newHandle(), 'secret-text', 60_000)
      const replacing = store.replace(handle, version!, 'secret-text', 60_000)
      for (const failing of [inserting, replacing]) {
        const error: unknown = await failing.catch((reason: unknown) => reason)
        const everything = inspect(error, { depth: 9, showHidden: true })
        expect(everything).toContain('OOM')
        expect(everything).not.toContain('secret-text')
      }
    } finally {
      await server.command('CONFIG', 'SET', 'maxmemory', '0')
    }
  })

  it('works, by the local clock, for a user who may do the least', async () => {
    const rules = '~sessera:* +get +set +del +exists +getrange +eval +evalsha'
    await server.command('ACL', 'SETUSER', 'app', 'reset', 'on', '>password', ...rules.split(' '), '+info', '+hello')
    const limited = await connect(server.url.replace('//', '//app:password@'))
    try {
      const store = redisStore({ client: limited.client })
      await store.ready?.()
      expect(Math.abs(store.now() - Date.now())).toBeLessThan(5000)
      const handle = newHandle()
      const version = await store.insert(handle, 'one', 60_000)
      const replaced = await store.replace(handle, version!, 'two', 60_000)
      expect(replaced.status).toBe('replaced')
      expect(await store.load(handle)).toMatchObject({ text: 'two' })
      expect(await store.remove(handle, (replaced as { version: string }).version)).toBe('removed')
    } finally {
      limited.close()
    }
  })

  it('leaves no key without expiry and asks for nothing but its own keys', async () => {
    await server.command('FLUSHALL')
    await server.command('CONFIG', 'RESETSTAT')
    const handles = Array.from({ length: 50 }, () => newHandle())
    await Promise.all(
      handles.map(async (handle, index) => {
        const version = (await store.insert(handle, 'one', 60_000))!
        if (index % 2 === 0) await store.replace(handle, version, 'two', 60_000)
        if (index % 3 === 0) await store.remove(handle)
        if (index % 5 === 0) await store.replace(handle, version, 'late', 60_000)
        await store.load(handle)
      }),
    )
    const ownCommands = ['get', 'mget', 'set', 'eval', 'evalsha', 'getrange', 'exists', 'del', 'time']
    const calls = Object.keys(await callsByCommand())
    expect(calls.filter((name) => !ownCommands.includes(name))).toEqual(['config|resetstat'])

    const [cursor, keys] = (await server.command('SCAN', '0', 'COUNT', '1000')) as [string, string[]]
    expect(cursor).toBe('0')
    expect(keys).toHaveLength(33)
    for (const key of keys) expect(await server.command('PTTL', key)).toBeGreaterThan(0)
  })
})

const lifeLeft = (handle: string): Promise<unknown> => server.command('PTTL', `sessera:${handle}`)

async function callsByCommand(): Promise<Record<string, number>> {
  const statistics = String(await server.command('INFO', 'commandstats'))
  const lines = statistics.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)
  return Object.fromEntries(Array.from(lines, ([, name, calls]) => [name ?? '', Number(calls)]))
}
