import { createClient } from 'redis'
import { SessionEndedError } from 'sessera'
import { RedisStore, type RedisStoreOptions } from 'sessera/connect-redis'
import type { session as Session } from 'sessera/express-session'
import { gate } from 'sessera/testing'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { recordEvents } from '../../support/record-events.js'
import { nodeRedis } from './clients-in-test.js'
import { ours as session } from '../express-session/modules.js'
import { serve, type Request, type Site } from '../express-session/site.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'
import { startRedis } from '../../support/servers/redis.js'

const server = await redisInTests()
beforeEach(async () => {
  await server.command('FLUSHALL')
  await server.command('CONFIG', 'RESETSTAT')
})

/** A store on a connection of its own, as each backend has one. */
async function openStore(options: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
  return new RedisStore({ client: await nodeRedis(server), deadline: '10s', ...options })
}

type Handler = Parameters<typeof serve>[2]

/** Two backends on one Redis. */
async function openFleet(handler: Handler, options: Session.SessionOptions = {}): Promise<[Site, Site]> {
  const sites = [0, 1].map(async () => serve(session, { store: await openStore(), ...options }, handler))
  return (await Promise.all(sites)) as [Site, Site]
}

/** How often the server has carried a command out. */
async function countOf(command: string): Promise<number> {
  const statistics = String(await server.command('INFO', 'commandstats'))
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(statistics)?.[1] ?? 0)
}

/** The one session that is stored. */
async function stored(): Promise<{ readonly key: string; readonly data: Record<string, unknown> } | undefined> {
  const [key] = (await server.command('KEYS', 'sess:*')) as string[]
  return key === undefined ? undefined : { key, data: JSON.parse(String(await server.command('GET', key))) }
}

describe('two backends', () => {
  it('lose nothing when twenty parallel requests add a key each', async () => {
    const all = gate()
    let waiting = 0
    const sites = await openFleet(async (request, response) => {
      if (request.url !== '/') {
        waiting += 1
        if (waiting === 20) all.open()
        await all.pass() // so that each has read what was there before
      }
      request.session[`key${request.url}`] = request.url
      response.end()
    })
    const login = await sites[0].ask()
    const paths = Array.from({ length: 20 }, (_, index) => `/${index}`)
    const answers = await Promise.all(paths.map((path, index) => sites[index % 2]!.ask(login, path)))
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200))
    const { cookie: _, ...values } = (await stored())!.data
    expect(values).toEqual(Object.fromEntries(['/', ...paths].map((path) => [`key${path}`, path])))
  })

  it('bring no session back that was destroyed while a slower request ran, and clear its cookie', async () => {
    const slow = gate()
    const dropped = recordEvents('changes-dropped')
    const [one, other] = await openFleet(async (request, response) => {
      if (request.url === '/logout') await request.session.destroy()
      else request.session['page'] = request.url
      if (request.url === '/slow') await slow.pass()
      response.end()
    })
    const login = await one.ask()
    const late = one.ask(login, '/slow')
    await slow.reached
    const [expired] = (await other.ask(login, '/logout')).setCookies
    expect(expired).toContain('Expires=Thu, 01 Jan 1970')
    slow.open()
    expect(await late).toMatchObject({ status: 200, setCookies: [] })
    expect(await server.command('DBSIZE')).toBe(0)
    expect(dropped).toMatchObject([{ reason: 'ended' }])
  })

  it('bring no session back by an explicit save either, which says so', async () => {
    const slow = gate()
    const problems: unknown[] = []
    const [one, other] = await openFleet(async (request, response) => {
      request.session['page'] = request.url
      if (request.url === '/logout') await request.session.destroy()
      if (request.url === '/slow') {
        await slow.pass()
        await request.session.save().catch((error: unknown) => problems.push(error))
      }
      response.end()
    })
    const login = await one.ask()
    const late = one.ask(login, '/slow')
    await slow.reached
    await other.ask(login, '/logout')
    slow.open()
    await late
    expect(problems).toEqual([expect.any(SessionEndedError)])
    expect(await server.command('DBSIZE')).toBe(0)
  })
})

describe('a request that only reads', () => {
  const readOrSet: Handler = (request, response) => {
    if (request.url === '/set') request.session['user'] = 'ada'
    response.end(String(request.session['user']))
  }

  it('costs a GET, and an ECHO behind it', async () => {
    const site = await serve(session, { store: await openStore({ ttl: 1000 }) }, readOrSet)
    const login = await site.ask(undefined, '/set')
    await site.ask(login) // while it is not known whether ECHO works, reading takes a script
    await server.command('CONFIG', 'RESETSTAT')
    for (let count = 0; count < 100; count += 1) expect((await site.ask(login)).body).toBe('ada')
    const counts = ['get', 'echo', 'evalsha', 'pttl', 'set', 'expire'].map(countOf)
    expect(await Promise.all(counts)).toEqual([100, 100, 0, 0, 0, 0])
  })

  it('of a session that another backend has stored asks once how long it lives', async () => {
    const sites = await openFleet(readOrSet)
    const login = await sites[0].ask(undefined, '/set')
    await server.command('CONFIG', 'RESETSTAT')
    for (let count = 0; count < 100; count += 1) expect((await sites[1].ask(login)).body).toBe('ada')
    const counts = ['get', 'pttl', 'set', 'expire'].map(countOf)
    expect(await Promise.all(counts)).toEqual([100, 1, 0, 0])
  })

  it('touches when a tenth of its life is over', async () => {
    const site = await serve(session, { store: await openStore({ ttl: 1000 }) }, readOrSet)
    const login = await site.ask(undefined, '/set')
    const { key } = (await stored())!
    await server.command('EXPIRE', key, '850')
    const other = await serve(session, { store: await openStore({ ttl: 1000 }) }, readOrSet)
    for (let count = 0; count < 10; count += 1) await other.ask(login)
    expect(await countOf('expire')).toBe(2) // one of them by this test
    expect(await server.command('TTL', key)).toBeGreaterThan(990)
  })

  it('shortens a life that is too long, and gives one to a session that had none', async () => {
    const site = await serve(session, { store: await openStore({ ttl: 1000 }) }, readOrSet)
    const login = await site.ask(undefined, '/set')
    const { key } = (await stored())!
    for (const change of [
      ['EXPIRE', key, '5000'],
      ['PERSIST', key],
    ]) {
      await server.command(...change)
      const other = await serve(session, { store: await openStore({ ttl: 1000 }) }, readOrSet)
      await other.ask(login)
      const left = Number(await server.command('TTL', key))
      expect(left > 990 && left <= 1000).toBe(true)
    }
  })

  it('is never touched with disableTouch', async () => {
    const site = await serve(session, { store: await openStore({ disableTouch: true }) }, readOrSet)
    const login = await site.ask(undefined, '/set')
    await server.command('EXPIRE', (await stored())!.key, '500')
    expect((await site.ask(login)).body).toBe('ada')
    expect(await server.command('TTL', (await stored())!.key)).toBeLessThanOrEqual(500)
    expect(await Promise.all(['expire', 'set'].map(countOf))).toEqual([1, 2]) // by this test, and at the start
  })
})

describe('a session', () => {
  it('whose time ran out while the handler worked is stored for its whole time by save(), and not removed', async () => {
    const site = await serve(
      session,
      { store: await openStore(), cookie: { maxAge: 60_000 } },
      async (request, response) => {
        request.session['page'] = request.url
        if (request.url === '/late') {
          request.session.cookie.expires = new Date(Date.now() - 1000)
          request.session.cookie.originalMaxAge = 60_000
          await request.session.save()
        }
        response.end()
      },
    )
    const login = await site.ask()
    expect((await site.ask(login, '/late')).status).toBe(200)
    const { key, data } = (await stored())!
    expect(data).toMatchObject({ page: '/late' })
    expect(await server.command('TTL', key)).toBeGreaterThan(50)
  })

  it.each([
    ['text that is no JSON', ['SET', '{"user":']],
    ['a record without a cookie', ['SET', '{"user":"ada"}']],
    ['a hash', ['HSET', 'user', 'ada']],
  ])(
    'of which there stands %s counts as absent: the visitor goes on with a new one',
    async (_, [command, ...value]) => {
      const unreadable = recordEvents('record-unreadable')
      const site = await serve(session, { store: await openStore() }, (request, response) => {
        request.session['page'] = request.url
        response.end()
      })
      const login = await site.ask()
      const { key } = (await stored())!
      await server.command('DEL', key)
      await server.command(command!, key, ...value)
      const next = await site.ask(login)
      expect([next.status, next.setCookies.length]).toEqual([200, 1])
      expect(next.setCookies).not.toEqual(login.setCookies)
      expect(unreadable).toMatchObject([{ reason: 'corrupt' }])
    },
  )

  it('is plain JSON, the cookie first, and lives in whole seconds, as with connect-redis', async () => {
    const site = await serve(session, { store: await openStore(), cookie: { maxAge: 60_000 } }, (request, response) => {
      if (request.url === '/set') request.session['user'] = 'ada'
      response.end()
    })
    await site.ask(undefined, '/set')
    const { data, key } = (await stored())!
    expect(Object.keys(data)).toEqual(['cookie', 'user'])
    expect(data['cookie']).toMatchObject({ originalMaxAge: expect.closeTo(60_000, -1), httpOnly: true, path: '/' })
    expect([59, 60]).toContain(await server.command('TTL', key))
  })
})

describe('a store of which a method was replaced', () => {
  it('is asked by that method from then on, and as before when it is put back', async () => {
    const store = await openStore()
    const site = await serve(session, { store }, (request, response) => {
      request.session['page'] = request.url
      response.end()
    })
    const login = await site.ask()
    const set = vi.spyOn(store, 'set')
    await site.ask(login, '/seen')
    expect(set).toHaveBeenCalledOnce()
    expect((await stored())!.data).toMatchObject({ page: '/seen' })
    set.mockRestore()
    expect(Object.hasOwn(store, 'set')).toBe(false)
    await site.ask(login, '/unseen')
    expect((await stored())!.data).toMatchObject({ page: '/unseen' })
  })

  it('gets its errors to the answer', async () => {
    const store = await openStore()
    const site = await serve(session, { store }, (request, response) => {
      request.session['page'] = request.url
      response.end()
    })
    vi.spyOn(store, 'set').mockImplementation((_id, _session, callback) => {
      callback?.(new Error('not today'))
      return Promise.resolve()
    })
    expect(await site.ask()).toMatchObject({ status: 500, body: 'not today', setCookies: [] })
  })
})

describe('while Redis hangs', () => {
  it('a page with a session cookie is a 503 within the deadline, and works again afterwards', async () => {
    const doomed = await startRedis()
    const client = createClient({ url: doomed.url })
    client.on('error', () => {})
    try {
      await client.connect()
      const store = new RedisStore({ client, deadline: '300ms' })
      const site = await serve(session, { store }, (request: Request, response) => {
        request.session['page'] = request.url
        response.end()
      })
      const login = await site.ask()
      expect(login.status).toBe(200)
      doomed.pause()
      expect(await site.ask(login)).toMatchObject({ status: 503 })
      expect(site.errors).toMatchObject([{ code: 'STORE_UNAVAILABLE', headers: { 'Retry-After': '1' } }])
      doomed.resume()
      await expect.poll(async () => (await site.ask(login)).status, { timeout: 10_000 }).toBe(200)
    } finally {
      client.destroy()
      await doomed.stop()
    }
  })
})
