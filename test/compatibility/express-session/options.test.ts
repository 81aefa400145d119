import { memoryStore } from 'sessera'
import { RedisStore } from 'sessera/connect-redis'
import { describe, expect, it, vi } from 'vitest'
import { goThrough } from './bare.js'
import { onBoth } from './both.js'
import { ours } from './modules.js'
import { recordingStore } from './recording-store.js'
import { serve, type Request } from './site.js'

type Options = Parameters<typeof ours>[0]

/** In ms. The original reads the clock twice while it makes a cookie. */
const about = (ms: number): number => expect.closeTo(ms, -1) as number

const quiet = { secret: 'keyboard cat', resave: false, saveUninitialized: false }
const wrong = (options: object): Options => ({ ...quiet, ...options })

onBoth((session) => {
  describe('an option that cannot work', () => {
    it.each([
      ['genid that is no function', { genid: 'id' }, /genid.*must/],
      ['unset of an unknown kind', { unset: 'maybe' }, /unset.*must/],
      ['secret without any', { secret: [] }, /secret option array/],
      ['store that is no EventEmitter', { store: { get() {}, set() {}, destroy() {} } }, /\bon\b|store/],
    ])('throws when the middleware is made: %s', (_what, options, text) => {
      expect(() => session(wrong(options))).toThrow(text)
    })
  })

  describe('an option that is not given', () => {
    it.each([
      { genid: null },
      { genid: false },
      { unset: null },
      { unset: '' },
      { unset: undefined },
      { store: null },
      { store: undefined },
      { cookie: null },
      { cookie: false },
      { name: '' },
      { name: undefined },
      { rolling: null },
    ])('may stand there empty: %o', async (options) => {
      const site = await serve(session, wrong(options) ?? {}, (request, response) => {
        request.session['value'] = 1
        response.end()
      })
      expect((await site.ask()).setCookies[0]).toMatch(/^connect\.sid=s%3A[\w-]{32}\..+; Path=\/; HttpOnly$/)
    })

    it('may be all of them, but for a secret on the request', async () => {
      for (const options of [undefined, null, {}]) {
        const { session: made } = await goThrough(session(options), { secret: 'keyboard cat' })
        expect(made).toBeInstanceOf(session.Session)
      }
    })
  })

  describe('resave and saveUninitialized', () => {
    const unchanged = async (options: object): Promise<string[]> => {
      const store = recordingStore(session)
      const site = await serve(session, { store, ...options }, (request, response) => {
        if (request.url === '/login') request.session['user'] = 'ada'
        response.end()
      })
      await site.ask()
      const login = await site.ask(undefined, '/login')
      store.calls.push('then')
      await site.ask(login)
      return store.calls
    }

    it('count as true when they are undefined', async () => {
      expect(await unchanged({ resave: undefined, saveUninitialized: undefined })).toEqual([
        'set',
        'set',
        'then',
        'set',
      ])
    })

    it.each([false, null, 0, ''])('count as false when they are %j', async (value) => {
      expect(await unchanged({ resave: value, saveUninitialized: value })).toEqual(['set', 'then', 'touch'])
    })
  })

  describe('rolling', () => {
    it.each([
      [true, 1],
      [1, 1],
      ['yes', 1],
      [false, 0],
      [undefined, 0],
      [0, 0],
    ])('is taken as yes or no: %j', async (rolling, count) => {
      const site = await serve(session, wrong({ rolling })!, (request, response) => {
        request.session['user'] ??= 'ada'
        response.end()
      })
      expect((await site.ask(await site.ask())).setCookies).toHaveLength(count)
    })
  })

  describe('name', () => {
    it.each([
      ['connect.sid', {}],
      ['name', { name: 'name' }],
      ['key', { key: 'key' }],
      ['name', { name: 'name', key: 'key' }],
      ['key', { name: '', key: 'key' }],
    ])('is %s', async (name, options) => {
      const site = await serve(session, options, (request, response) => {
        request.session['count'] = Number(request.session['count'] ?? 0) + 1
        response.end(String(request.session['count']))
      })
      const first = await site.ask()
      expect(first.setCookies).toMatchObject([expect.stringMatching(`^${name}=s%3A`)])
      expect((await site.ask(first)).body).toBe('2')
    })
  })

  describe('genid', () => {
    it('makes 24 random bytes as base64url by default', async () => {
      const middleware = session(quiet)
      const ids = await Promise.all(Array.from({ length: 20 }, async () => (await goThrough(middleware)).sessionID))
      for (const id of ids) expect(id).toMatch(/^[\w-]{32}$/)
      expect(new Set(ids).size).toBe(20)
    })

    it('is given the request, and what it gives is the id', async () => {
      const genid = vi.fn<(request: unknown) => string>(() => 'apple')
      const request = await goThrough(session({ ...quiet, genid }))
      expect(genid.mock.calls).toEqual([[request]])
      expect([request.sessionID, request.session?.id]).toEqual(['apple', 'apple'])
    })

    it('may throw, which nobody can take for a session', async () => {
      const genid = () => {
        throw new Error('no more ids')
      }
      const middleware = session({ ...quiet, genid })
      await expect((async () => goThrough(middleware))()).rejects.toThrow('no more ids')
    })

    it('that gives no string makes a session that is not kept', async () => {
      const store = recordingStore(session)
      const site = await serve(session, { store, genid: () => 42 as never }, (request, response) => {
        request.session['value'] = 1
        response.end('done')
      })
      expect(await site.ask()).toMatchObject({ status: 200, body: 'done', setCookies: [] })
      expect(store.calls).toEqual([])
    })
  })

  describe('secret', () => {
    it('that is missing is an error of each request, and not of the middleware’s making', async () => {
      for (const secret of [undefined, null, '', false]) {
        const middleware = session(wrong({ secret }))
        await expect(goThrough(middleware)).rejects.toThrow(/secret.*required/)
      }
    })

    it('is taken from the request when the option is missing', async () => {
      const options = { secret: undefined, genid: () => 'apple' }
      const site = await serve(
        session,
        options,
        (request, response) => {
          request.session['user'] ??= 'ada'
          response.end(request.sessionID)
        },
        (request) => Object.assign(request, { secret: 'keyboard cat' }),
      )
      const first = await site.ask()
      expect(first.setCookies).toEqual([
        'connect.sid=s%3Aapple.D8Y%2BpkTAmeR0PobOhY4G97PRW%2Bj7bUnP%2F5m6%2FOn1MCU; Path=/; HttpOnly',
      ])
      expect((await site.ask(first)).body).toBe('apple')
    })

    it('of the option is the one that counts where the request has one too', async () => {
      const site = await serve(
        session,
        { genid: () => 'apple' },
        (request, response) => {
          request.session['user'] = 'ada'
          response.end()
        },
        (request) => Object.assign(request, { secret: 'another' }),
      )
      expect((await site.ask()).setCookies[0]).toContain('s%3Aapple.D8Y%2B')
    })
  })

  describe('cookie', () => {
    it('as a function is given the request, and its path decides', async () => {
      const cookie = vi.fn<(request: unknown) => object>(() => ({ path: '/app', maxAge: 60_000 }))
      const middleware = session({ ...quiet, cookie })
      const outside = await goThrough(middleware)
      expect(outside.session).toBeUndefined()
      const inside = await goThrough(middleware, { url: '/app/page' })
      expect(inside.session?.cookie).toMatchObject({ path: '/app', originalMaxAge: about(60_000) })
      expect(new Set(cookie.mock.calls.flat())).toEqual(new Set([outside, inside]))
    })

    it('is a new one for each session', async () => {
      const middleware = session({ ...quiet, cookie: { maxAge: 60_000 } })
      const [one, other] = [await goThrough(middleware), await goThrough(middleware)]
      one.session!.cookie.maxAge = 1000
      expect(other.session?.cookie.originalMaxAge).toEqual(about(60_000))
      expect((await goThrough(middleware)).session?.cookie.originalMaxAge).toEqual(about(60_000))
    })

    it('that has no such form throws for the request', async () => {
      const middleware = session(wrong({ cookie: () => ({ maxAge: 'long' }) }))
      await expect((async () => goThrough(middleware))()).rejects.toThrow(/maxAge/)
    })
  })

  describe('unset', () => {
    const unsetting = async (options: object, how: (request: Request) => void): Promise<number> => {
      const store = recordingStore(session)
      const site = await serve(session, { store, ...options }, (request, response) => {
        if (request.url === '/unset') how(request)
        else request.session['user'] = 'ada'
        response.end()
      })
      await site.ask(await site.ask(), '/unset')
      return store.records.size
    }
    const ways: readonly [string, (request: object) => void][] = [
      ['set to null', (request) => Object.assign(request, { session: null })],
      ['set to undefined', (request) => Object.assign(request, { session: undefined })],
      ['deleted', (request) => Reflect.deleteProperty(request, 'session')],
    ]

    it.each(ways)('keeps what is stored by default when req.session is %s', async (_way, how) => {
      expect(await unsetting({}, how)).toBe(1)
      expect(await unsetting({ unset: 'keep' }, how)).toBe(1)
    })

    it.each(ways)('destroys what is stored, if asked to, when req.session is %s', async (_way, how) => {
      expect(await unsetting({ unset: 'destroy' }, how)).toBe(0)
    })
  })
})

describe('what would fail with a visitor only', () => {
  const client = { sendCommand() {}, get() {}, set() {}, destroy() {}, on() {} }
  it.each<[option: string, options: unknown, text: string | RegExp]>([
    ['cookie.maxAge', { cookie: { maxAge: NaN } }, 'must be a number of milliseconds'],
    ['cookie.maxAge', { cookie: { maxAge: '3600000' } }, 'must be a number of milliseconds'],
    ['cookie.maxAge', { cookie: { maxAge: Infinity } }, 'must be a number of milliseconds'],
    ['cookie.maxAge', { cookie: { maxAge: new Date(NaN) } }, 'must be a number of milliseconds'],
    ['cookie.maxAge', { cookie: { maxAge: true } }, 'must be a number of milliseconds'],
    ['cookie.expires', { cookie: { expires: '2099-01-01' } }, 'must be a valid Date'],
    ['cookie.expires', { cookie: { expires: 1 } }, 'must be a valid Date'],
    ['cookie.expires', { cookie: { expires: new Date('soon') } }, 'must be a valid Date'],
    ['secret[1]', { secret: ['new', undefined] }, 'is the environment variable set?'],
    ['secret[0]', { secret: ['', 'old'] }, 'is the environment variable set?'],
    ['secret[1]', { secret: ['new', null] }, 'is the environment variable set?'],
    ['secret', { secret: [undefined] }, 'is the environment variable set?'],
    ['secret', { secret: 7 }, 'is the environment variable set?'],
    ['store', { store: client }, 'is a Redis client; pass new RedisStore({ client })'],
    ['store', { store: { call() {}, callBuffer() {}, get() {}, on() {} } }, 'is a Redis client'],
    ['store', { store: Promise.resolve() }, 'is a promise; did you forget await?'],
    ['store', { store: memoryStore() }, "use RedisStore of 'sessera/connect-redis'"],
  ])('is refused at the start: %s of %o', (option, options, text) => {
    expect(() => ours(wrong(options as object))).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        option,
        message: expect.stringContaining(text as string) as string,
      }),
    )
  })

  it.each<[what: string, options: unknown, text: string]>([
    ['a client', client, 'pass { store: new RedisStore({ client }) }'],
    ['a store', new ours.MemoryStore(), 'is a store for express-session; pass { store }'],
    ['a promise', Promise.resolve({}), 'did you forget await?'],
    ['the secret', 'keyboard cat', 'must be an object; pass { secret }'],
  ])('is %s in the place of the options', (_what, options, text) => {
    expect(() => ours(options as never)).toThrow(text)
  })

  it.each<[option: string, options: unknown, text: string]>([
    ['options', client, 'is a Redis client; pass { client }'],
    ['options', Promise.resolve(client), 'did you forget await?'],
    ['client', { client: Promise.resolve(client) }, 'did you forget await?'],
    ['client', { client: memoryStore() }, 'is a store for createSessions(); pass the Redis client'],
    ['client', { client: new ours.MemoryStore() }, 'is a store for express-session; pass the Redis client'],
  ])('is refused by RedisStore: %s', (option, options, text) => {
    expect(() => new RedisStore(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option, message: expect.stringContaining(text) as string }),
    )
  })

  it.each([
    { cookie: { maxAge: -1 } },
    { cookie: { maxAge: 0 } },
    { cookie: { expires: new Date() } },
    { secret: ['a', 'b'] },
  ])('is not %o', (options) => {
    expect(ours(wrong(options))).toBeTypeOf('function')
  })
})

describe('the options that only ours has', () => {
  it.each([
    ['conflict', { conflict: 'first-wins' }],
    ['deadline', { deadline: 'soon' }],
    ['deadline', { deadline: 0 }],
    ['deadline', { deadline: '60d' }],
  ])('throw when they cannot work, naming themselves: %s', (option, options) => {
    expect(() => ours(wrong(options))).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }))
  })
})
