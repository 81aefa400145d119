import { createSessions, type Sessions } from 'sessera'
import { redisStore } from 'sessera/redis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Browser, type Data } from '../../support/browser.js'
import { testClients, type TestClient } from '../../support/redis-clients.js'
import { startRedis, type RedisServer } from '../../support/servers/redis.js'

const connect = testClients[0]!.connect
const minute = 60_000
const hour = 60 * minute

let server: RedisServer
let connections: TestClient[]

beforeAll(async () => {
  server = await startRedis('--maxmemory', '8mb', '--maxmemory-policy', 'noeviction')
  connections = await Promise.all([connect(server.url), connect(server.url)])
})

afterAll(async () => {
  for (const connection of connections ?? []) connection.close()
  await server?.stop()
})

beforeEach(() => server.command('FLUSHALL'))

/** A backend with a connection of its own, whose clock is off by so much. */
function backend(index: number, skew = 0): Sessions<Data> {
  const localClock = { now: () => Date.now() + skew, monotonic: () => performance.now() }
  return createSessions<Data>({
    store: redisStore({ client: connections[index]!.client, localClock }),
    deadline: '20s',
  })
}

const isOfUser = (key: string): boolean => key.includes(':@')

/** Those of sessions. */
async function keys(): Promise<string[]> {
  return ((await server.command('KEYS', '*')) as string[]).filter((key) => !isOfUser(key))
}

/** The index of users: keys and what is in them. */
async function dumpOfUsers(): Promise<string[]> {
  const found = ((await server.command('KEYS', '*')) as string[]).filter(isOfUser)
  const contents = found.map(async (key) => [key, String(await server.command('ZRANGE', key, '0', '-1', 'WITHSCORES'))])
  return (await Promise.all(contents)).flat()
}

describe('what is in Redis', () => {
  it('SID-6: opens no session: no token is in it, and none can be made of it', async () => {
    const sessions = backend(0)
    const browsers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const browser = new Browser()
        await browser.visit(sessions, (session) => {
          if (index % 2 === 0) session.signIn(`user-${index}`)
          session.data.theme = 'dark'
        })
        if (index % 3 === 0) await browser.visit(sessions, (session) => session.rotate())
        return browser
      }),
    )
    const dump: string[] = []
    for (const key of await keys()) dump.push(key, String(await server.command('GET', key)))
    const ofUsers = await dumpOfUsers()
    expect(ofUsers).toHaveLength(20)
    const all = [...dump, ...ofUsers].join('\n')
    for (const { cookie = '' } of browsers) {
      const secret = cookie.split('.')[1] ?? ''
      expect(secret).toHaveLength(32)
      expect(all).not.toContain(secret)
      expect(all).not.toContain(Buffer.from(secret, 'base64url').toString('hex'))
      expect(all).not.toContain(Buffer.from(secret).toString('base64url'))
    }

    expect(dump).toHaveLength(40)
    const words = all.match(/[\w-]{6,}/g) ?? []
    for (const key of await keys()) {
      const handle = key.split(':')[1] ?? ''
      for (const word of words) {
        for (const value of [
          word,
          `${handle}.${word}`,
          `${handle}.${word.slice(0, 32)}`,
          `${handle}.${word.slice(-32)}`,
        ]) {
          const { session } = await sessions.open(`__Host-session=${value}`)
          expect(session.isNew).toBe(true)
        }
      }
    }
  }, 60_000)

  it('SID-3, SID-4: nothing of what the client made up: no key for its handle, no command for what is no token', async () => {
    const sessions = backend(0)
    const handle = 'A'.repeat(22)
    const browser = new Browser(`__Host-session=${handle}.${'b'.repeat(32)}`)
    await browser.visit(sessions, ({ data }) => void (data.count = 1))
    expect((await keys()).join()).not.toContain(handle)

    await server.command('CONFIG', 'RESETSTAT')
    const bad = [
      '',
      '*',
      '../x',
      `'; return redis.call("FLUSHALL")`,
      ']]',
      '{tag}',
      handle,
      `${handle}.`,
      '%0d%0a',
      '🍪',
    ]
    for (const value of bad) expect((await new Browser(`__Host-session=${value}`).look(sessions)).isNew).toBe(true)
    const statistics = String(await server.command('INFO', 'commandstats'))
    expect(statistics).not.toMatch(/cmdstat_(?:get|set|eval|evalsha|exists|del)/)
  })
})

describe('lifetimes in Redis', () => {
  async function lifeLeft(): Promise<number> {
    const [key = ''] = await keys()
    return Number(await server.command('PTTL', key))
  }

  it('TO-1, TO-2: are an expiry of the key: the idle timeout, or what is left of the absolute one', async () => {
    const store = redisStore({ client: connections[0]!.client })
    const browser = new Browser()
    await browser.visit(createSessions<Data>({ store, deadline: '20s' }), (session) => session.signIn('ada'))
    expect(await lifeLeft()).toBeGreaterThan(29 * minute)
    expect(await lifeLeft()).toBeLessThanOrEqual(30 * minute)
    const strict = createSessions<Data>({ store, deadline: '20s', idleTimeout: '5m', absoluteTimeout: '5m' })
    await browser.visit(strict, ({ data }) => void (data.count = 1))
    expect(await lifeLeft()).toBeLessThanOrEqual(5 * minute)
  })

  it('TO-3: hold also where somebody took the expiry of the key away', async () => {
    const browser = new Browser()
    await browser.visit(backend(0), (session) => session.signIn('ada'))
    const [key = ''] = await keys()
    expect(await server.command('PERSIST', key)).toBe(1)
    const store = redisStore({ client: connections[0]!.client })
    const later = createSessions<Data>({ store: { ...store, now: () => Date.now() + 31 * minute }, deadline: '20s' })
    expect((await browser.look(later)).isNew).toBe(true)
  })

  it('TO-7: are the same whatever the clocks of the backends say', async () => {
    for (const skew of [-24 * hour, -hour, hour, 24 * hour]) {
      await server.command('FLUSHALL')
      const browser = new Browser()
      await browser.visit(backend(0, skew), (session) => session.signIn('ada'))
      expect((await browser.look(backend(1))).userId).toBe('ada')
      await browser.visit(backend(1, -skew), ({ data }) => void (data.count = 1))
      expect(await browser.look(backend(0, skew))).toMatchObject({ userId: 'ada', data: { count: 1 } })
      expect(await lifeLeft()).toBeGreaterThan(29 * minute)
      expect(await lifeLeft()).toBeLessThanOrEqual(30 * minute)
    }
  })
})

describe('a sign-out', () => {
  it('TR-1: on one backend is one on the other at once, a thousand times', async () => {
    const [here, there] = [backend(0), backend(1)]
    for (let turn = 0; turn < 1_000; turn++) {
      const browser = new Browser()
      await browser.visit(here, (session) => session.signIn('ada'))
      const thief = browser.copy()
      await browser.visit(here, (session) => session.end())
      expect((await thief.look(there)).isNew).toBe(true)
    }
    expect(await keys()).toEqual([])
  }, 60_000)

  it('TR-5: works while Redis is full, and a sign-in says that it does not', async () => {
    const sessions = backend(0)
    const browser = new Browser()
    await browser.visit(sessions, (session) => session.signIn('ada'))
    const thief = browser.copy()
    await fill()
    await expect(new Browser().visit(sessions, (session) => session.signIn('eve'))).rejects.toMatchObject({
      status: 503,
    })
    expect((await browser.visit(sessions, (session) => session.end())).setCookies).toEqual([
      expect.stringContaining('Max-Age=0'),
    ])
    expect((await thief.look(backend(1))).isNew).toBe(true)
  })

  it('TR-4: that Redis refuses is an error, and the session lives on until it is tried again', async () => {
    const sessions = backend(0)
    const browser = new Browser()
    await browser.visit(sessions, (session) => session.signIn('ada'))
    await server.command('CONFIG', 'SET', 'min-replicas-to-write', '1')
    await expect(browser.visit(sessions, (session) => session.end())).rejects.toMatchObject({ status: 503 })
    await server.command('CONFIG', 'SET', 'min-replicas-to-write', '0')
    expect((await browser.look(sessions)).userId).toBe('ada')
    await browser.visit(sessions, (session) => session.end())
    expect(await keys()).toEqual([])
  })

  /** Writes until Redis takes no more. */
  async function fill(): Promise<void> {
    for (const size of [500_000, 10_000, 100]) {
      for (let index = 0; ; index++) {
        const full = await server.command('SET', `filler:${size}:${index}`, 'x'.repeat(size)).then(
          () => false,
          () => true,
        )
        if (full) break
      }
    }
  }
})
