import { createServer } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import express from 'express'
import { createSessions, memoryStore } from 'sessera'
import { gate } from 'sessera/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { recordEvents } from '../../support/record-events.js'
import { ours as session } from './modules.js'
import { recordingStore } from './recording-store.js'
import { serve, type Request } from './site.js'
import { listenInTest } from '../../support/listen-in-test.js'

/** A store whose next `set` waits until it is let through. */
function slowStore() {
  const store = recordingStore(session)
  const writing = gate()
  const set = store.set.bind(store)
  store.set = (id, data, callback) => {
    void writing.pass().then(() => set(id, data, callback))
  }
  return { store, writing }
}

function failing(store: object, method: string): Error {
  const error = new Error(`the store failed to ${method}`)
  Object.assign(store, {
    [method]: (...values: unknown[]) => (values.at(-1) as (error: Error) => void)(error),
  })
  return error
}

describe('the response', () => {
  it('leaves only after the session is stored, so that no redirect outruns it', async () => {
    const { store, writing } = slowStore()
    const site = await serve(session, { store }, (request, response) => {
      request.session['user'] = 'ada'
      response.writeHead(302, { location: '/home' }).end('moved')
    })
    let answered = false
    const answer = site.ask().then((given) => {
      answered = true
      return given
    })
    await writing.reached
    expect([answered, store.records.size]).toEqual([false, 0])
    writing.open()
    expect(await answer).toMatchObject({ status: 302, body: 'moved' })
    expect(store.records.size).toBe(1)
  })

  it('keeps streaming, and waits with its end for what was changed after its first byte', async () => {
    const store = recordingStore(session)
    const rest = gate()
    const site = await serve(session, { store }, async (request, response) => {
      request.session['first'] = 1
      response.write('first ')
      await rest.pass()
      request.session['second'] = 2
      response.end('second')
    })
    const response = await fetch(site.url)
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader.read()).value).toBe('first ')
    expect([...store.records.values()].map((text) => JSON.parse(text))).toMatchObject([{ first: 1 }])
    rest.open()
    expect((await reader.read()).value).toBe('second')
    expect((await reader.read()).done).toBe(true)
    expect([...store.records.values()].map((text) => JSON.parse(text))).toMatchObject([{ first: 1, second: 2 }])
  })

  it('waits for a destroy that the handler has begun and does not wait for', async () => {
    const store = recordingStore(session)
    const destroying = gate()
    const destroy = store.destroy.bind(store)
    store.destroy = (id, callback) => void destroying.pass().then(() => destroy(id, callback))
    const site = await serve(session, { store }, (request, response) => {
      if (request.url === '/logout') void request.session.destroy()
      else request.session['user'] = 'ada'
      response.end()
    })
    const login = await site.ask()
    let answered = false
    const logout = site.ask(login, '/logout').then((given) => {
      answered = true
      return given
    })
    await destroying.reached
    expect(answered).toBe(false)
    destroying.open()
    expect((await logout).status).toBe(200)
    expect(store.records.size).toBe(0)
  })

  it('calls back the callback of end', async () => {
    let calledBack = 0
    const site = await serve(session, {}, (request, response) => {
      request.session['value'] = 1
      response.end('done', () => calledBack++)
    })
    expect((await site.ask()).body).toBe('done')
    await expect.poll(() => calledBack).toBe(1)
  })
})

describe('a store that fails', () => {
  const store = () => recordingStore(session)

  it('is an error before the first byte when the session cannot be stored, and no cookie is sent', async () => {
    const broken = store()
    const error = failing(broken, 'set')
    const site = await serve(session, { store: broken }, (request, response) => {
      request.session['user'] = 'ada'
      response.statusCode = 302
      response.setHeader('location', '/home')
      response.end('signed in')
    })
    const { status, headers, setCookies, body } = await site.ask()
    expect({ status, location: headers.location, setCookies, body }).toEqual({
      status: 500,
      location: undefined,
      setCookies: [],
      body: error.message,
    })
    expect(site.errors).toEqual([error])
  })

  it('is an error before the first byte when a session that was unset cannot be destroyed', async () => {
    const broken = store()
    const site = await serve(session, { store: broken, unset: 'destroy' }, (request, response) => {
      if (request.url === '/logout') Object.assign(request, { session: null })
      else request.session['user'] = 'ada'
      response.end('done')
    })
    const login = await site.ask()
    const error = failing(broken, 'destroy')
    expect(await site.ask(login, '/logout')).toMatchObject({ status: 500, body: error.message, setCookies: [] })
  })

  it('is an error when a destroy that nobody waits for fails, and the cookie stays to try again', async () => {
    const broken = store()
    const site = await serve(session, { store: broken }, (request, response) => {
      if (request.url === '/logout') void request.session.destroy()
      else request.session['user'] = 'ada'
      response.end('done')
    })
    const login = await site.ask()
    const error = failing(broken, 'destroy')
    expect(await site.ask(login, '/logout')).toMatchObject({ status: 500, body: error.message, setCookies: [] })
  })

  it('is an error when a destroy that nobody waits for has failed before the response begins', async () => {
    const broken = store()
    const site = await serve(session, { store: broken }, async (request, response) => {
      if (request.url === '/logout') void request.session.destroy()
      else request.session['user'] = 'ada'
      for (let round = 0; round < 5; round++) await new Promise(setImmediate)
      response.end('done')
    })
    const login = await site.ask()
    const error = failing(broken, 'destroy')
    expect(await site.ask(login, '/logout')).toMatchObject({ status: 500, body: error.message, setCookies: [] })
  })

  it.each<[string, string, (request: Request) => unknown]>([
    ['a change', 'set', (request) => (request.session['order'] = 1)],
    ['save() that nobody waits for', 'set', (request) => void request.session.save()],
    ['destroy() that nobody waits for', 'destroy', (request) => void request.session.destroy()],
    ['destroy() whose callback comes after the end', 'destroy', (request) => request.session.destroy(() => {})],
    ['req.session = null', 'destroy', (request) => Object.assign(request, { session: null })],
  ])('breaks an answer that had begun: %s', async (_what, method, change) => {
    const flaky = store()
    const site = await serve(session, { store: flaky, unset: 'destroy' }, (request, response) => {
      if (request.url === '/') request.session['user'] = 'ada'
      else {
        response.write('begun ')
        request.session['seen'] = true
        failing(flaky, method)
        change(request)
      }
      response.end('done')
    })
    const login = await site.ask()
    await expect(site.ask(login, '/stream')).rejects.toThrow()
    await expect
      .poll(() => site.errors)
      .toEqual([expect.objectContaining({ message: expect.stringContaining(method) })])
  })

  it('does not break an answer that had begun where its handler was told in time', async () => {
    const flaky = store()
    const site = await serve(session, { store: flaky }, async (request, response) => {
      if (request.url === '/') request.session['user'] = 'ada'
      else {
        response.write('begun ')
        failing(flaky, 'destroy')
        await request.session.destroy().catch(() => response.write('and not signed out '))
      }
      response.end('done')
    })
    const login = await site.ask()
    expect((await site.ask(login, '/stream')).body).toBe('begun and not signed out done')
  })

  it('stores at the end what it can, though something before failed that nobody waited for', async () => {
    const flaky = store()
    const site = await serve(session, { store: flaky }, async (request, response) => {
      const { url } = request
      if (url === '/') request.session['user'] = 'ada'
      if (url !== '/stream') return void response.end(String(request.session['done']))
      response.write('a')
      request.session['progress'] = 1
      const { set } = flaky
      failing(flaky, 'set')
      void request.session.save()
      for (let round = 0; round < 5; round++) await new Promise(setImmediate)
      flaky.set = set
      request.session['done'] = true
      response.end('b')
    })
    const login = await site.ask()
    expect(await site.ask(login, '/stream')).toMatchObject({ status: 200, body: 'ab' })
    expect((await site.ask(login, '/look')).body).toBe('true')
  })

  it('that nobody waits for is no error where somebody has ended the session meanwhile', async () => {
    const shared = store()
    const site = await serve(session, { store: shared }, async (request, response) => {
      if (request.url === '/') request.session['user'] = 'ada'
      else {
        await new Promise<void>((resolve) => shared.destroy(request.sessionID, resolve))
        request.session['late'] = true
        void request.session.save()
      }
      response.end('done')
    })
    const login = await site.ask()
    expect(await site.ask(login, '/late')).toMatchObject({ status: 200, body: 'done', setCookies: [] })
  })

  it('leaves an answer alone that is an error of the server already', async () => {
    const broken = store()
    const site = await serve(session, { store: broken }, (request, response) => {
      request.session['user'] = 'ada'
      response.statusCode = 502
      response.end('the handler says so')
    })
    failing(broken, 'set')
    expect(await site.ask()).toMatchObject({ status: 502, body: 'the handler says so', setCookies: [] })
  })

  it('is an error when a regenerate that nobody waits for fails', async () => {
    const broken = store()
    const site = await serve(session, { store: broken }, (request, response) => {
      if (request.url === '/fresh') void request.session.regenerate()
      else request.session['user'] = 'ada'
      response.end('done')
    })
    const login = await site.ask()
    const error = failing(broken, 'destroy')
    expect(await site.ask(login, '/fresh')).toMatchObject({ status: 500, body: error.message, setCookies: [] })
  })

  it('changes no answer when only touching fails, which is told afterwards', async () => {
    const broken = store()
    const site = await serve(session, { store: broken, cookie: { maxAge: 60_000 } }, (request, response) => {
      request.session['user'] = 'ada'
      response.end('done')
    })
    const login = await site.ask()
    const error = failing(broken, 'touch')
    expect(await site.ask(login)).toMatchObject({ status: 200, body: 'done' })
    await expect.poll(() => site.errors).toEqual([error])
  })

  it('tells of a value without a JSON form before the first byte, and ends no process', async () => {
    const site = await serve(session, { store: store() }, (request, response) => {
      const cycle: Record<string, unknown> = {}
      cycle['self'] = cycle
      request.session['cycle'] = cycle
      response.end('done')
    })
    expect(await site.ask()).toMatchObject({ status: 500, body: expect.stringContaining('session.cycle') })
    expect(site.errors).toMatchObject([{ code: 'DATA_NOT_ENCODABLE' }])
  })

  it('is given up when it does not call back within the deadline', async () => {
    const silent = store()
    silent.get = () => {}
    const site = await serve(session, { store: silent, deadline: 50 }, (request, response) => {
      request.session['user'] = 'ada'
      response.end('done')
    })
    const login = await site.ask()
    expect(await site.ask(login)).toMatchObject({ status: 503 })
    expect(site.errors).toMatchObject([{ code: 'STORE_UNAVAILABLE', headers: { 'Retry-After': '1' } }])
  })

  it('keeps nobody longer than the deadline, however much was begun at once', async () => {
    const silent = store()
    const told: unknown[] = []
    const site = await serve(session, { store: silent, deadline: 1500 }, (request, response) => {
      request.session['count'] = Math.random()
      if (request.url === '/thrice') {
        for (let times = 0; times < 3; times += 1) request.session.save((error) => told.push(error.code))
      }
      response.end('done')
    })
    const login = await site.ask()
    silent.set = () => {}
    const begun = performance.now()
    expect(await site.ask(login, '/thrice')).toMatchObject({ status: 503 })
    expect(performance.now() - begun).toBeLessThan(3000)
    expect(told).toEqual(Array(3).fill('STORE_UNAVAILABLE'))
  })
})

describe('parallel requests', () => {
  type Step = (request: Request) => unknown

  /** Two requests of one session: `slow` waits between its reading and its `change` until the other one is answered. */
  async function overlap(
    options: session.SessionOptions,
    change: Step,
    other: (request: Request) => unknown,
    start: unknown = 1,
  ) {
    const store = recordingStore(session)
    const waiting = gate()
    const site = await serve(session, { store, cookie: { maxAge: 60_000 }, ...options }, async (request, response) => {
      if (request.url === '/slow') {
        await waiting.pass()
        await change(request)
      } else if (request.url === '/other') await other(request)
      else request.session['start'] = start
      response.end('done')
    })
    const login = await site.ask()
    const slow = site.ask(login, '/slow')
    await waiting.reached
    const quick = await site.ask(login, '/other')
    waiting.open()
    return { slow: await slow, quick, store, records: [...store.records.values()].map((text) => JSON.parse(text)) }
  }

  it('keep each other’s values', async () => {
    const { records } = await overlap(
      {},
      (request) => (request.session['mine'] = 1),
      (request) => (request.session['theirs'] = 2),
    )
    expect(records).toMatchObject([{ start: 1, mine: 1, theirs: 2 }])
  })

  it('of which both change the same value leave that of the later, and an event says so', async () => {
    const conflicts = recordEvents('conflict')
    const { records } = await overlap(
      {},
      (request) => (request.session['value'] = 'later'),
      (request) => (request.session['value'] = 'earlier'),
    )
    expect(records).toMatchObject([{ value: 'later' }])
    expect(conflicts).toMatchObject([{ keys: ['value'] }])
  })

  it('overwrite each other with conflict: last-wins, as before', async () => {
    const { records } = await overlap(
      { conflict: 'last-wins' },
      (request) => (request.session['mine'] = 1),
      (request) => (request.session['theirs'] = 2),
    )
    expect(records[0]).not.toHaveProperty('theirs')
    expect(records).toMatchObject([{ mine: 1 }])
  })

  it.each(['merge', 'last-wins'] as const)(
    'bring no session back that was destroyed meanwhile (%s)',
    async (conflict) => {
      const dropped = recordEvents('changes-dropped')
      const { records, slow } = await overlap(
        { conflict },
        (request) => (request.session['mine'] = 1),
        (request) => request.session.destroy(),
      )
      expect(records).toEqual([])
      expect(slow).toMatchObject({ status: 200, setCookies: [] })
      expect(dropped).toMatchObject([{ reason: 'ended' }])
    },
  )

  it.each<[string, Step]>([
    ['by removing who it is', ({ session }) => Reflect.deleteProperty(session, 'start')],
    ['at any depth', ({ session }) => Object.assign(session, { start: {} })],
    ['by null', ({ session }) => Object.assign(session, { start: null })],
  ])('sign out of a session that was destroyed meanwhile, %s, and its cookie is cleared', async (_how, signOut) => {
    const dropped = recordEvents('changes-dropped')
    const { records, slow } = await overlap(
      {},
      async (request) => {
        signOut(request)
        await request.session.save()
      },
      (request) => request.session.destroy(),
      { user: 7 },
    )
    expect(slow).toMatchObject({
      status: 200,
      setCookies: [expect.stringMatching(/^connect\.sid=; .*Expires=Thu, 01 Jan 1970/)],
    })
    expect([records, dropped]).toEqual([[], []])
  })

  it('only take values away that are gone, and leave the cookie to whoever signs in meanwhile', async () => {
    const { slow, quick } = await overlap(
      {},
      ({ session }) => Reflect.deleteProperty(session, 'start'),
      async (request) => {
        await request.session.regenerate()
        request.session['user'] = 'ada'
      },
    )
    expect([slow.status, slow.setCookies, quick.setCookies.length]).toEqual([200, [], 1])
  })

  it('bring no session back that was regenerated meanwhile', async () => {
    const { records, slow, quick } = await overlap(
      {},
      (request) => (request.session['mine'] = 1),
      async (request) => {
        await request.session.regenerate()
        request.session['user'] = 'ada'
      },
    )
    expect(records).toMatchObject([{ user: 'ada' }])
    expect(records[0]).not.toHaveProperty('mine')
    expect(slow.setCookies).toEqual([])
    expect(quick.setCookies).toHaveLength(1)
  })

  it('send no cookie of a session that was destroyed meanwhile, not by rolling either', async () => {
    const { slow } = await overlap(
      { rolling: true },
      () => {},
      (request) => request.session.destroy(),
    )
    expect(slow.setCookies).toEqual([])
  })

  it('are told by save() that the session is over', async () => {
    let error: unknown
    const { records } = await overlap(
      {},
      (request) => {
        request.session['mine'] = 1
        request.session.save((failure: unknown) => (error = failure))
      },
      (request) => request.session.destroy(),
    )
    expect(error).toMatchObject({ code: 'SESSION_ENDED' })
    expect(records).toEqual([])
  })
})

describe('reload', () => {
  it('does not take for a change of this request what others have stored meanwhile', async () => {
    const store = recordingStore(session)
    const site = await serve(session, { store, cookie: { maxAge: 60_000 } }, async (request, response) => {
      if (request.url === '/') {
        request.session['user'] = 'ada'
        return response.end()
      }
      const [id, text] = [...store.records][0]!
      store.records.set(id, JSON.stringify({ ...JSON.parse(text), theirs: 1 }))
      await request.session.reload()
      return response.end(JSON.stringify(request.session['theirs']))
    })
    const login = await site.ask()
    store.calls = []
    const { body, setCookies } = await site.ask(login, '/reload')
    expect({ body, setCookies, calls: store.calls }).toEqual({ body: '1', setCookies: [], calls: ['touch'] })
  })
})

describe('the cookie', () => {
  it('is cleared, as it was set, by the response of a request whose session it destroyed', async () => {
    const options = { cookie: { path: '/app', domain: 'localhost', sameSite: 'lax', maxAge: 60_000 } } as const
    const site = await serve(session, options, (request, response) => {
      if (request.url === '/app/logout') void request.session.destroy()
      else request.session['user'] = 'ada'
      response.end()
    })
    const login = await site.ask(undefined, '/app')
    const { setCookies } = await site.ask(login, '/app/logout')
    expect(setCookies).toEqual([
      'connect.sid=; Domain=localhost; Path=/app; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax',
    ])
  })

  it('is not cleared twice where the application clears it by itself', async () => {
    const site = await serve(session, {}, async (request, response) => {
      if (request.url !== '/logout') request.session['user'] = 'ada'
      else {
        await request.session.destroy()
        response.setHeader('Set-Cookie', 'connect.sid=; Path=/; Max-Age=0')
      }
      response.end()
    })
    const { setCookies } = await site.ask(await site.ask(), '/logout')
    expect(setCookies).toEqual(['connect.sid=; Path=/; Max-Age=0'])
  })

  it('that is withheld because the request is not secure says so, once', async () => {
    const warnings: (Error & { code?: string })[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    onTestFinished(() => void process.off('warning', note))
    const site = await serve(session, { cookie: { secure: true } }, (request, response) => {
      request.session['user'] = 'ada'
      response.end()
    })
    expect((await site.ask()).setCookies).toEqual([])
    await site.ask()
    await expect.poll(() => warnings.map(({ code }) => code)).toEqual(['SESSERA_COOKIE_WITHHELD'])
    expect(warnings[0]?.message).toContain('trust proxy')
  })

  it('made by a function resolves auto, and counts as default where the function gives nothing', async () => {
    const cookie = (request: Request) =>
      request.url === '/auto' ? ({ secure: 'auto', sameSite: 'auto' } as const) : undefined
    const site = await serve(session, { cookie }, (request, response) => {
      request.session['user'] = 'ada'
      response.end()
    })
    expect((await site.ask(undefined, '/auto')).setCookies[0]).toMatch(/; SameSite=Lax$/)
    expect((await site.ask()).setCookies[0]).toMatch(/; Path=\/; HttpOnly$/)
  })

  it('keeps its lifetime to the millisecond through many requests', async () => {
    const site = await serve(session, { cookie: { maxAge: 60_000 } }, (request, response) => {
      request.session['count'] = (request.session['count'] ?? 0) + 1
      response.end(String(request.session.cookie.originalMaxAge))
    })
    let answer = await site.ask()
    for (let turn = 0; turn < 20; turn++) answer = await site.ask(answer)
    expect(answer.body).toBe('60000')
  })
})

describe('a record that cannot be read', () => {
  it.each([
    ['is no session', { foo: 'bar' }],
    ['has a cookie that is none', { cookie: { maxAge: 'long' } }],
    ['is a text', 'text'],
  ])('because it %s counts as absent, with an event, and not as an error for ever', async (_what, record) => {
    const unreadable = recordEvents('record-unreadable')
    const store = recordingStore(session)
    const site = await serve(session, { store }, (request, response) => {
      request.session['user'] ??= 'ada'
      response.end(request.sessionID)
    })
    const first = await site.ask()
    store.records.set(first.body, JSON.stringify(record))
    const second = await site.ask(first)
    expect(second.status).toBe(200)
    expect(second.body).not.toBe(first.body)
    expect(unreadable).toMatchObject([{ reason: 'corrupt' }])
    expect(JSON.stringify(unreadable)).not.toContain(first.body)
  })
})

describe('a session that outlives its time while its handler works', () => {
  it('is stored for its whole time again by save(), and not removed', async () => {
    const store = recordingStore(session)
    const site = await serve(session, { store, cookie: { maxAge: 60_000 } }, async (request, response) => {
      request.session['value'] = 1
      request.session.cookie.expires = new Date(Date.now() - 1000)
      request.session.cookie.originalMaxAge = 60_000
      await request.session.save()
      response.end()
    })
    await site.ask()
    const [record] = [...store.records.values()].map((text) => JSON.parse(text))
    expect(new Date(record.cookie.expires).getTime()).toBeGreaterThan(Date.now() + 30_000)
  })
})

describe('options that no browser could be sent', () => {
  it.each([
    [{ name: 'my session' }, 'name'],
    [{ cookie: { sameSite: 'laxx' as 'lax' } }, 'cookie.sameSite'],
    [{ cookie: { domain: 'a b' } }, 'cookie.domain'],
    [{ cookie: { path: '/;' } }, 'cookie.path'],
    [{ cookie: { priority: 'top' as 'high' } }, 'cookie.priority'],
  ])('throw at the start and are named: %j', (options, option) => {
    expect(() => session({ secret: 'keyboard cat', ...options })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    )
  })

  it('and a store for the other API is told apart', () => {
    const store = memoryStore() as never
    expect(() => session({ secret: 'keyboard cat', store })).toThrow(/RedisStore of 'sessera\/connect-redis'/)
    expect(() => createSessions({ store: new session.MemoryStore() as never })).toThrow(/callbackStore/)
  })
})

describe('a request', () => {
  it('whose session was replaced by something else is told so', async () => {
    const site = await serve(session, {}, (request, response) => {
      Object.assign(request, { session: { user: 'ada' } })
      response.end()
    })
    expect(await site.ask()).toMatchObject({ status: 500, body: expect.stringContaining('req.session was replaced') })
  })

  it('shares a store with another middleware, and each makes sessions of its own kind', async () => {
    const store = recordingStore(session)
    const app = express()
    const options = { store, secret: 'keyboard cat', resave: false, saveUninitialized: false }
    const answer = (request: unknown, response: express.Response): void => {
      const given = request as Request
      void given.session.regenerate().then(() => {
        given.session['value'] = 1
        response.end()
      })
    }
    app.use('/one', session({ ...options, name: 'one', genid: () => 'one' }), answer)
    app.use('/two', session({ ...options, name: 'two', genid: () => 'two' }), answer)
    const { origin } = await listenInTest(createServer(app))
    const cookieOf = async (path: string) => (await fetch(origin + path)).headers.getSetCookie()
    expect(await cookieOf('/one')).toMatchObject([expect.stringMatching(/^one=s%3Aone\./)])
    expect(await cookieOf('/two')).toMatchObject([expect.stringMatching(/^two=s%3Atwo\./)])
  })

  it('over HTTP/2 has its session too', async () => {
    const middleware = session({ secret: 'keyboard cat', resave: false, saveUninitialized: false })
    const server = createHttp2Server((request, response) => {
      middleware(request, response, () => {
        ;(request as unknown as Request).session['user'] = 'ada'
        response.end('done')
      })
    })
    const client = connect((await listenInTest(server)).origin)
    onTestFinished(() => client.close())
    const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
      client.request().once('response', resolve).once('error', reject).resume()
    })
    expect(headers).toMatchObject({ ':status': 200, 'set-cookie': [expect.stringMatching(/^connect\.sid=s%3A/)] })
  })
})
