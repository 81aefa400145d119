import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { recordUnhandledRejections } from '../../support/record-unhandled-rejections.js'
import { goThrough, type BareRequest } from './bare.js'
import { onBoth } from './both.js'
import { ours, type Module } from './modules.js'
import { recordingStore } from './recording-store.js'
import { serve, type Request } from './site.js'

type Options = NonNullable<Parameters<Module>[0]>

const options = { secret: 'keyboard cat', resave: false, saveUninitialized: false }
const methods = ['touch', 'resetMaxAge', 'save', 'reload', 'destroy', 'regenerate'] as const

/** The request of a handshake with a new session, and its store. */
async function begin(session: Module, more: Options = {}) {
  const store = recordingStore(session)
  let count = 0
  const middleware = session({ ...options, store, genid: () => `id${++count}`, ...more })
  const request = await goThrough(middleware)
  return { store, request, session: request.session! }
}

const calledBack = (call: (done: (error?: unknown) => void) => unknown): Promise<unknown> =>
  new Promise((resolve) => void call(resolve))

const recordOf = (store: ReturnType<typeof recordingStore>, id: string) => JSON.parse(store.records.get(id)!)

onBoth((Module) => {
  describe('a session', () => {
    it('has an id and a request that cannot be changed and are not seen', async () => {
      const { request, session } = await begin(Module)
      for (const [name, value] of [
        ['id', 'id1'],
        ['req', request],
      ] as const) {
        const hidden = { value, enumerable: false, writable: false, configurable: false }
        expect(Object.getOwnPropertyDescriptor(session, name)).toEqual(hidden)
        expect(() => Reflect.set(session, name, 'another')).not.toThrow()
        expect(Reflect.get(session, name)).toBe(value)
      }
    })

    it('shows nothing but the values of the application and the cookie', async () => {
      const { session } = await begin(Module)
      Object.assign(session, { user: 'ada', views: 1 })
      const names: string[] = []
      for (const name in session) names.push(name)
      expect(names).toEqual(['cookie', 'user', 'views'])
      expect(Object.keys(session)).toEqual(names)
      for (const name of methods) expect(name in session).toBe(true)
    })

    it('is this as JSON, to the letter', async () => {
      const { session } = await begin(Module)
      Object.assign(session, { user: { id: 1 }, list: [1], none: null, method() {}, missing: undefined })
      const cookie = '{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}'
      expect(JSON.stringify(session)).toBe(`{"cookie":${cookie},"user":{"id":1},"list":[1],"none":null}`)
    })

    it('made by hand takes what it is given, but nothing in the place of what it has', () => {
      const request = { sessionID: 'apple' }
      const data = Object.assign(Object.create({ inherited: 1 }), {
        user: 'ada',
        id: 'another',
        req: {},
        toString: 'text',
        constructor: 'text',
        ...Object.fromEntries(methods.map((name) => [name, name])),
      })
      const session = new Module.Session(request, data)
      expect(JSON.stringify(session)).toBe('{"user":"ada","inherited":1}')
      expect([session.id, session.req]).toEqual(['apple', request])
      for (const name of methods) expect(session[name]).toBe(Module.Session.prototype[name])
    })

    it.each([undefined, null, 'text', 1])('made by hand may be given %j', (data) => {
      const session = new Module.Session({ sessionID: 'apple' }, data as never)
      expect(Object.keys(session)).toEqual([])
    })

    it('keeps its methods whatever is stored under their names', async () => {
      const store = recordingStore(Module)
      const site = await serve(Module, { store, genid: () => 'apple' }, (request, response) => {
        request.session['count'] = Number(request.session['count'] ?? 0) + 1
        response.end(typeof request.session.save)
      })
      const first = await site.ask()
      const stored = `{"cookie":{},"save":1,"id":2,"req":3,"toString":4,"hasOwnProperty":5,"__proto__":{"admin":true},"count":1}`
      store.records.set('apple', stored)
      expect((await site.ask(first)).body).toBe('function')
      expect(recordOf(store, 'apple')).toMatchObject({ count: 2 })
      expect(Object.keys(recordOf(store, 'apple')).sort()).toEqual(['cookie', 'count'])
    })
  })

  describe('each method with a callback', () => {
    it('gives the session back', async () => {
      const { session } = await begin(Module)
      expect(session.touch()).toBe(session)
      expect(session.resetMaxAge()).toBe(session)
      const answers: unknown[] = []
      // The middleware of express-session puts others in the place of save and reload, which give nothing back.
      const names =
        Module === ours ? (['save', 'reload', 'regenerate', 'destroy'] as const) : (['regenerate', 'destroy'] as const)
      await calledBack((done) => session.save(done))
      for (const name of names) await calledBack((done) => answers.push(session[name](done)))
      expect(answers.map((answer) => answer === session)).toEqual(names.map(() => true))
    })

    it('gives the session back too where no middleware has seen the request', async () => {
      const { store } = await begin(Module)
      store.records.set('apple', '{"cookie":{},"user":"ada"}')
      const request: BareRequest = { url: '/', headers: {}, sessionID: 'apple', sessionStore: store }
      const session = new Module.Session(request, { cookie: new Module.Cookie() })
      for (const name of ['save', 'reload', 'regenerate', 'destroy'] as const) {
        let answer: unknown
        await calledBack((done) => (answer = session[name](done)))
        expect([name, answer === session]).toEqual([name, true])
      }
    })

    it('calls back without an error when it went well', async () => {
      const { session } = await begin(Module)
      for (const name of ['save', 'reload', 'regenerate', 'destroy'] as const) {
        expect((await calledBack((done) => session[name](done))) ?? undefined).toBeUndefined()
      }
    })

    it.each(['save', 'reload', 'destroy', 'regenerate'] as const)(
      'calls back with the store’s error: %s',
      async (name) => {
        const { store, session } = await begin(Module)
        await calledBack((done) => session.save(done))
        const error = new Error('no connection')
        const fail = (...values: unknown[]): void => void setImmediate(values.at(-1) as (error: Error) => void, error)
        Object.assign(store, { get: fail, set: fail, destroy: fail })
        expect(await calledBack((done) => session[name](done))).toBe(error)
      },
    )
  })

  describe('touch', () => {
    it('gives it its whole time again', async () => {
      const { session } = await begin(Module, { cookie: { maxAge: 60_000 } })
      session.cookie.expires = new Date(Date.now() + 1000)
      session.cookie.originalMaxAge = 60_000
      session.touch()
      expect(session.cookie.maxAge).toBeGreaterThan(50_000)
    })

    it('leaves a cookie that lasts as long as the browser', async () => {
      const { session } = await begin(Module)
      expect(session.touch().cookie.expires).toBeNull()
    })

    it('is called once with each request, by the session’s own method', async () => {
      const touch = vi.spyOn(Module.Session.prototype, 'touch')
      onTestFinished(() => touch.mockRestore())
      const site = await serve(Module, {}, (request, response) => {
        request.session['value'] = Math.random()
        response.write('a')
        response.end('b')
      })
      const first = await site.ask()
      expect(touch).toHaveBeenCalledTimes(1)
      await site.ask(first)
      expect(touch).toHaveBeenCalledTimes(2)
    })
  })

  describe('save', () => {
    it('stores it now', async () => {
      const { store, session } = await begin(Module)
      session['user'] = 'ada'
      await calledBack((done) => session.save(done))
      expect(recordOf(store, 'id1')).toMatchObject({ user: 'ada' })
    })

    it('needs no callback', async () => {
      const { store, session } = await begin(Module)
      void session.save()
      await expect.poll(() => store.records.size).toBe(1)
    })

    it('may be replaced by the application, and then stores what that says', async () => {
      const store = recordingStore(Module)
      const site = await serve(Module, { store }, (request, response) => {
        const { save } = request.session
        Object.defineProperty(request.session, 'save', {
          value(this: object, done: () => void) {
            Object.assign(this, { saved: 'by me' })
            return save.call(this as never, done)
          },
        })
        request.session['user'] = 'ada'
        response.end()
      })
      await site.ask()
      expect([...store.records.values()].map((text) => JSON.parse(text))).toMatchObject([
        { user: 'ada', saved: 'by me' },
      ])
    })
  })

  describe('destroy', () => {
    it('takes it off the request at once', async () => {
      const { store, request, session } = await begin(Module)
      await calledBack((done) => session.save(done))
      const destroyed = calledBack((done) => session.destroy(done))
      expect(request).not.toHaveProperty('session')
      expect(request.sessionID).toBe('id1')
      await destroyed
      expect(store.records.size).toBe(0)
    })

    it('needs no callback', async () => {
      const { store, session } = await begin(Module)
      void session.destroy()
      await expect.poll(() => store.calls).toEqual(['destroy'])
    })

    it('leaves nothing that the end of the response could store', async () => {
      const store = recordingStore(Module)
      const site = await serve(Module, { store }, (request, response) => {
        request.session['user'] = 'ada'
        request.session.destroy(() => response.end('done'))
      })
      expect(await site.ask()).toMatchObject({ body: 'done', setCookies: [] })
      expect(store.calls).toEqual(['destroy'])
    })
  })

  describe('regenerate', () => {
    it('gives the request another session with another id, and nothing in it', async () => {
      const { store, request, session } = await begin(Module)
      session['user'] = 'ada'
      await calledBack((done) => session.save(done))
      await calledBack((done) => session.regenerate(done))
      expect(request.session).not.toBe(session)
      expect(request.session).toBeInstanceOf(Module.Session)
      expect([request.sessionID, request.session?.id]).toEqual(['id2', 'id2'])
      expect(Object.keys(request.session!)).toEqual(['cookie'])
      expect([...store.records.keys()]).toEqual([])
    })

    it('does so too when the old one could not be destroyed, and tells of that', async () => {
      const { store, request, session } = await begin(Module)
      const error = new Error('no connection')
      store.destroy = (_id, done: (error: Error) => void = () => {}) => void setImmediate(done, error)
      expect(await calledBack((done) => session.regenerate(done))).toBe(error)
      expect(request.sessionID).toBe('id2')
      expect(request.session?.id).toBe('id2')
    })

    it('sends the cookie of the new one', async () => {
      let count = 0
      const site = await serve(Module, { genid: () => `id${++count}` }, (request, response) => {
        request.session['user'] ??= 'ada'
        request.session.regenerate(() => {
          request.session['user'] = 'grace'
          response.end()
        })
      })
      expect((await site.ask()).setCookies).toMatchObject([expect.stringMatching(/^connect\.sid=s%3Aid2\./)])
    })
  })

  describe('reload', () => {
    it('puts another object on the request, with what is stored', async () => {
      const { store, request, session } = await begin(Module)
      session['user'] = 'ada'
      await calledBack((done) => session.save(done))
      session['user'] = 'changed'
      store.records.set('id1', JSON.stringify({ ...recordOf(store, 'id1'), theirs: 1 }))
      await calledBack((done) => session.reload(done))
      expect(request.session).not.toBe(session)
      expect(request.session).toBeInstanceOf(Module.Session)
      expect(request.session).toMatchObject({ id: 'id1', user: 'ada', theirs: 1 })
      expect(session).toMatchObject({ user: 'changed' })
    })

    it('fails with these words when nothing is stored, and leaves the session', async () => {
      const { request, session } = await begin(Module)
      expect(await calledBack((done) => session.reload(done))).toMatchObject({ message: 'failed to load session' })
      expect(request.session).toBe(session)
    })

    it('may fail again and again, and works then as the first time', async () => {
      const { store, request, session } = await begin(Module)
      const own = request.session!.reload
      const done = vi.fn<(error?: unknown) => void>()
      for (let turn = 0; turn < 50; turn++) await calledBack((call) => session.reload((error) => call(done(error))))
      expect(done).toHaveBeenCalledTimes(50)
      expect(request.session!.reload).toBe(own)
      store.records.set('id1', '{"cookie":{},"user":"ada"}')
      expect((await calledBack((done) => session.reload(done))) ?? undefined).toBeUndefined()
      expect(request.session).toMatchObject({ user: 'ada' })
    })

    it('gives a session that can be saved, reloaded and destroyed again', async () => {
      const { store, request, session } = await begin(Module)
      await calledBack((done) => session.save(done))
      await calledBack((done) => session.reload(done))
      request.session!['user'] = 'ada'
      await calledBack((done) => request.session!.save(done))
      expect(recordOf(store, 'id1')).toMatchObject({ user: 'ada' })
      await calledBack((done) => request.session!.reload(done))
      expect(request.session).toMatchObject({ user: 'ada' })
      await calledBack((done) => request.session!.destroy(done))
      expect(store.records.size).toBe(0)
    })
  })

  describe('req.sessionID', () => {
    const after = async (change: (request: Request) => void, url = '/new') => {
      const store = recordingStore(Module)
      const middleware: Options = { store, genid: () => 'apple', cookie: { maxAge: 60_000 } }
      const site = await serve(Module, middleware, (request, response) => {
        if (request.url === '/login') request.session['user'] = 'ada'
        else change(request)
        response.end('done')
      })
      const login = url === '/new' ? undefined : await site.ask(undefined, '/login')
      store.calls = []
      const { body, setCookies } = await site.ask(login, url)
      expect(body).toBe('done')
      return {
        calls: store.calls,
        ids: [...store.records.keys()],
        cookie: setCookies.map((text) => text.split('.')[1]),
      }
    }

    it.each([undefined, null, 42, {}, false])(
      'that is %j lets nothing be stored, touched or sent',
      async (sessionID) => {
        const change = (request: Request): void => {
          request.session['value'] = 1
          Object.assign(request, { sessionID })
        }
        expect(await after(change)).toEqual({ calls: [], ids: [], cookie: [] })
        expect(await after(change, '/existing')).toEqual({ calls: [], ids: ['apple'], cookie: [] })
      },
    )

    it('that is another text makes no session of one that nothing was put into', async () => {
      const change = (request: Request): void => void (request.sessionID = 'pear')
      expect(await after(change)).toEqual({ calls: [], ids: [], cookie: [] })
      expect(await after(change, '/existing')).toEqual({ calls: [], ids: ['apple'], cookie: [] })
    })

    it('that is another text is what the cookie says, and the session keeps its own', async () => {
      const change = (request: Request): void => {
        request.session['value'] = 1
        request.sessionID = 'pear'
      }
      expect(await after(change)).toEqual({ calls: ['set'], ids: ['apple'], cookie: ['sid=s%3Apear'] })
    })
  })

  describe('req.session', () => {
    it('may be exchanged for another stored session, which is then stored and sent', async () => {
      const store = recordingStore(Module)
      store.records.set('pear', JSON.stringify({ cookie: {}, user: 'grace' }))
      const site = await serve(Module, { store, genid: () => 'apple' }, (request, response) => {
        store.get('pear', (_error, data) => {
          request.sessionID = 'pear'
          request.sessionStore.createSession(request, data)
          response.end(String(request.session['user']))
        })
      })
      const { body, setCookies } = await site.ask()
      expect(body).toBe('grace')
      expect(setCookies).toMatchObject([expect.stringMatching(/^connect\.sid=s%3Apear\./)])
      expect(store.calls).toEqual(['set'])
      expect([...store.records.keys()]).toEqual(['pear'])
    })

    it('may be exchanged for a new one by store.generate', async () => {
      const store = recordingStore(Module)
      let count = 0
      const site = await serve(Module, { store, genid: () => `id${++count}` }, (request, response) => {
        request.session['user'] = 'ada'
        request.sessionStore.generate(request as never)
        request.session['user'] = 'grace'
        response.end(request.sessionID)
      })
      const { body, setCookies } = await site.ask()
      expect(body).toBe('id2')
      expect(setCookies).toMatchObject([expect.stringMatching(/^connect\.sid=s%3Aid2\./)])
      expect(recordOf(store, 'id2')).toMatchObject({ user: 'grace' })
      expect(store.records.size).toBe(1)
    })
  })
})

describe('each method of ours without a callback', () => {
  it('gives a promise', async () => {
    const { store, request, session } = await begin(ours)
    session['user'] = 'ada'
    await session.save()
    expect(recordOf(store, 'id1')).toMatchObject({ user: 'ada' })
    await session.reload()
    expect(request.session).not.toBe(session)
    await request.session!.regenerate()
    expect(request.sessionID).toBe('id2')
    await request.session!.destroy()
    expect(request).not.toHaveProperty('session')
  })

  it.each(['save', 'reload', 'regenerate', 'destroy'] as const)('rejects with the store’s error: %s', async (name) => {
    const { store, session } = await begin(ours)
    const error = new Error('no connection')
    const fail = (...values: unknown[]): void => void setImmediate(values.at(-1) as (error: Error) => void, error)
    Object.assign(store, { get: fail, set: fail, destroy: fail })
    await expect(session[name]()).rejects.toBe(error)
  })

  it('ends no process when nobody looks at it', async () => {
    const unhandled = recordUnhandledRejections()
    const requests: BareRequest[] = []
    for (const name of ['save', 'reload', 'regenerate', 'destroy'] as const) {
      const { store, request, session } = await begin(ours)
      requests.push(request)
      const fail = (...values: unknown[]): void => (values.at(-1) as (error: Error) => void)(new Error(name))
      Object.assign(store, { get: fail, set: fail, destroy: fail })
      void session[name]()
    }
    // Node tells of such promises when the microtasks are done.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
    expect(requests).toHaveLength(4)
  })
})
