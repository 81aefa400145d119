import { EventEmitter } from 'node:events'
import { inherits } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { goThrough, type BareRequest } from './bare.js'
import { onBoth } from './both.js'
import type { Module } from './modules.js'
import { recordingStore } from './recording-store.js'
import { serve } from './site.js'

type Callback = (error?: unknown, value?: unknown) => void
type Store = InstanceType<Module['Store']>
interface OldStore extends Store {
  records: Record<string, string>
}

const options = { secret: 'keyboard cat', resave: false, saveUninitialized: false }
const calledBack = (call: (done: Callback) => unknown): Promise<unknown[]> =>
  new Promise((resolve) => void call((...values) => resolve(values)))

/** A store as they were written before there were classes; it calls back at once. */
function oldStore(session: Module): new () => OldStore {
  function OldStore(this: OldStore): void {
    Reflect.apply(session.Store, this, [])
    this.records = {}
  }
  inherits(OldStore, session.Store)
  const { prototype } = OldStore as unknown as { prototype: OldStore }
  prototype.get = function (this: OldStore, id: string, done: Callback) {
    const text = this.records[id]
    done(null, text === undefined ? undefined : JSON.parse(text))
  }
  prototype.set = function (this: OldStore, id: string, data: unknown, done: Callback) {
    this.records[id] = JSON.stringify(data)
    done()
  }
  prototype.destroy = function (this: OldStore, id: string, done: Callback) {
    delete this.records[id]
    done()
  }
  return OldStore as never
}

onBoth((session) => {
  describe('the base class', () => {
    it('is an EventEmitter, with what stores inherit', () => {
      const { prototype } = session.Store
      expect(Object.create(prototype)).toBeInstanceOf(EventEmitter)
      for (const name of ['regenerate', 'load', 'createSession'] as const)
        expect(prototype[name]).toBeInstanceOf(Function)
      for (const name of ['get', 'set', 'destroy', 'touch', 'all', 'clear', 'length', 'generate'])
        expect(name in prototype).toBe(false)
    })

    it.each<[string, () => Store]>([
      ['by a class', () => recordingStore(session)],
      ['by a function', () => new (oldStore(session))()],
      [
        'by a function and Object.create',
        () => {
          function OldStore(this: object): void {
            Reflect.apply(session.Store, this, [])
          }
          OldStore.prototype = Object.create(session.Store.prototype)
          return new (OldStore as never as new () => Store)()
        },
      ],
      [
        'by an instance as the prototype',
        () => {
          function OldStore(this: object): void {
            Reflect.apply(session.Store, this, [])
          }
          OldStore.prototype = new (session.Store as never as new () => Store)()
          return new (OldStore as never as new () => Store)()
        },
      ],
    ])('may be extended %s', (_how, make) => {
      const [one, other] = [make(), make()]
      for (const store of [one, other]) {
        expect(store).toBeInstanceOf(session.Store)
        expect(store).toBeInstanceOf(EventEmitter)
      }
      const heard = vi.fn<() => void>()
      one.on('connect', heard)
      other.emit('connect')
      expect(heard).not.toHaveBeenCalled()
      one.emit('connect')
      expect(heard).toHaveBeenCalledTimes(1)
    })

    it('knows its name and its constructor', () => {
      const store = new (oldStore(session))()
      expect(store.constructor.name).toBe('OldStore')
      expect(session.Store.prototype.constructor).toBe(session.Store)
      expect(session.MemoryStore.prototype.constructor).toBe(session.MemoryStore)
      expect((oldStore(session) as unknown as { super_: unknown }).super_).toBe(session.Store)
    })
  })

  describe('MemoryStore', () => {
    it('may be extended by a function', async () => {
      function Mine(this: InstanceType<Module['MemoryStore']>): void {
        Reflect.apply(session.MemoryStore, this, [])
      }
      inherits(Mine, session.MemoryStore)
      const store = new (Mine as never as new () => InstanceType<Module['MemoryStore']>)()
      expect(store).toBeInstanceOf(session.MemoryStore)
      expect(store).toBeInstanceOf(session.Store)
      expect(await calledBack((done) => store.set('apple', { cookie: {} }, done))).toEqual([])
      expect(await calledBack((done) => store.get('apple', done))).toEqual([null, { cookie: {} }])
      expect(await calledBack((done) => store.length(done))).toEqual([null, 1])
    })

    it('may be extended by a class', async () => {
      class Mine extends session.MemoryStore {
        override get(id: string, callback: Callback): void {
          super.get(`${id}s`, callback)
        }
      }
      const store = new Mine()
      store.set('apples', { cookie: {} })
      expect(await calledBack((done) => store.get('apple', done))).toEqual([null, { cookie: {} }])
    })
  })

  describe('createSession', () => {
    const expires = '2100-01-01T00:00:00.000Z'

    it('makes what was stored the session of a request', () => {
      const store = recordingStore(session)
      const request = { sessionID: 'apple', sessionStore: store } as unknown as BareRequest
      const data = { cookie: { originalMaxAge: 5, expires, httpOnly: false, path: '/app', domain: 'd' }, user: 'ada' }
      const made = store.createSession(request, data)
      expect(made).toBe(request.session)
      expect(made).toBeInstanceOf(session.Session)
      expect(made.cookie).toBeInstanceOf(session.Cookie)
      expect(made).toMatchObject({ id: 'apple', user: 'ada' })
      expect(made.req).toBe(request)
      expect(made.cookie).toMatchObject({
        originalMaxAge: 5,
        expires: new Date(expires),
        httpOnly: false,
        path: '/app',
        domain: 'd',
      })
    })

    it.each([
      ['null', null, null],
      ['a Date', new Date(expires), new Date(expires)],
      ['a text', expires, new Date(expires)],
      ['false', false, false],
    ])('takes expires as %s', (_kind, given, expected) => {
      const request = { sessionID: 'apple' } as BareRequest
      const { cookie } = recordingStore(session).createSession(request, {
        cookie: { originalMaxAge: null, expires: given },
      })
      expect(cookie.expires).toEqual(expected)
      expect(cookie.originalMaxAge).toBeNull()
    })

    it('takes a session that is still one', () => {
      const store = recordingStore(session)
      const made = store.createSession({ sessionID: 'apple' }, { cookie: { originalMaxAge: 5, expires }, user: 'ada' })
      const again = store.createSession({ sessionID: 'apple' }, made)
      expect(again).not.toBe(made)
      expect(JSON.stringify(again)).toBe(JSON.stringify(made))
      expect(again.cookie.expires).toEqual(new Date(expires))
    })

    it.each([{}, { user: 'ada' }, { cookie: null }])('throws for %j, which is none', (data) => {
      expect(() => recordingStore(session).createSession({ sessionID: 'apple' }, data)).toThrow(
        /Cannot (read|destructure) prop/,
      )
    })
  })

  describe('load', () => {
    it('gives a session without a request', async () => {
      const store = recordingStore(session)
      store.records.set('apple', '{"cookie":{"expires":"2100-01-01T00:00:00.000Z","originalMaxAge":5},"user":"ada"}')
      const [error, loaded] = await calledBack((done) => store.load('apple', done))
      expect(error).toBeNull()
      expect(loaded).toBeInstanceOf(session.Session)
      expect(loaded).toMatchObject({ id: 'apple', user: 'ada', cookie: { originalMaxAge: 5 } })
    })

    it('gives one that can be saved and destroyed', async () => {
      const store = recordingStore(session)
      store.records.set('apple', '{"cookie":{},"user":"ada"}')
      const [, loaded] = (await calledBack((done) => store.load('apple', done))) as [
        null,
        InstanceType<Module['Session']>,
      ]
      Object.assign(loaded, { user: 'grace' })
      await calledBack((done) => loaded.save(done))
      expect(JSON.parse(store.records.get('apple')!)).toMatchObject({ user: 'grace' })
      await calledBack((done) => loaded.destroy(done))
      expect(store.records.size).toBe(0)
    })

    it('calls back with nothing for a session that is not there', async () => {
      expect(await calledBack((done) => recordingStore(session).load('apple', done))).toEqual([])
    })

    it('calls back with the error of the store', async () => {
      const store = recordingStore(session)
      const error = new Error('no connection')
      store.get = (_id, callback) => callback(error)
      expect(await calledBack((done) => store.load('apple', done))).toEqual([error])
    })
  })

  describe('generate', () => {
    it('is put on the store by the middleware, and gives any request a session', () => {
      const store = recordingStore(session)
      expect('generate' in store).toBe(false)
      session({ ...options, store, genid: () => 'apple', cookie: { maxAge: 5000 } })
      const request = { headers: {}, sessionStore: store } as unknown as BareRequest
      store.generate(request as never)
      expect(request).toMatchObject({ sessionID: 'apple', session: { id: 'apple', cookie: { originalMaxAge: 5000 } } })
      expect(request.session).toBeInstanceOf(session.Session)
    })
  })

  describe('regenerate', () => {
    const prepared = () => {
      const store = recordingStore(session)
      session({ ...options, store, genid: () => 'pear' })
      store.records.set('apple', '{"cookie":{}}')
      const request = { headers: {}, sessionID: 'apple', sessionStore: store, session: {} } as unknown as BareRequest
      return { store, request }
    }

    it('destroys the session of the id, and gives the request a new one', async () => {
      const { store, request } = prepared()
      const [error] = await calledBack((done) => store.regenerate(request, done))
      expect(error ?? undefined).toBeUndefined()
      expect([...store.records.keys()]).toEqual([])
      expect(request).toMatchObject({ sessionID: 'pear', session: { id: 'pear' } })
    })

    it('gives the request a new one too when the old one cannot be destroyed', async () => {
      const { store, request } = prepared()
      const error = new Error('no connection')
      store.destroy = (_id, done: Callback = () => {}) => void setImmediate(done, error)
      expect(await calledBack((done) => store.regenerate(request, done))).toEqual([error])
      expect(request.sessionID).toBe('pear')
    })

    it('may be the store’s own', async () => {
      const { store, request } = prepared()
      const regenerate = vi.fn<(request: object, done: Callback) => void>((_request, done) => done())
      store.regenerate = regenerate
      const middleware = session({ ...options, store })
      const { session: made } = await goThrough(middleware, { ...request, session: undefined })
      await calledBack((done) => made!.regenerate(done))
      expect(regenerate).toHaveBeenCalledTimes(1)
    })
  })

  describe('a store', () => {
    const counter = (store: Store, more: object = {}) =>
      serve(session, { store, ...more }, (request, response) => {
        request.session['count'] = Number(request.session['count'] ?? 0) + 1
        response.end(String(request.session['count']))
      })

    it('may call back at once', async () => {
      const store = new (oldStore(session))()
      const site = await counter(store)
      const first = await site.ask()
      expect((await site.ask(first)).body).toBe('2')
      expect(Object.values(store.records).map((text) => JSON.parse(text))).toMatchObject([{ count: 2 }])
    })

    it('may call back at once when a session is destroyed, regenerated and reloaded', async () => {
      const store = new (oldStore(session))()
      const site = await serve(session, { store }, (request, response) => {
        const end = (): void => void response.end(String(request.session?.['user']))
        if (request.url === '/destroy') request.session.destroy(end)
        else if (request.url === '/regenerate') request.session.regenerate(end)
        else if (request.url === '/reload') request.session.reload(end)
        else {
          request.session['user'] = 'ada'
          end()
        }
      })
      const login = await site.ask()
      expect((await site.ask(login, '/reload')).body).toBe('ada')
      const regenerated = await site.ask(login, '/regenerate')
      expect(regenerated).toMatchObject({ body: 'undefined', setCookies: [expect.any(String)] })
      expect((await site.ask(await site.ask(), '/destroy')).body).toBe('undefined')
      expect(Object.keys(store.records)).toHaveLength(1)
    })

    it('may say nothing of sessions that it does not have, as long as it is not asked for one', async () => {
      const store = recordingStore(session)
      const get = store.get.bind(store)
      store.get = (id, done) => {
        if (store.records.has(id)) get(id, done)
      }
      const site = await serve(session, { store, cookie: { maxAge: 60_000 } }, (request, response) => {
        const end = (): void => void response.end(String(request.session?.['count']))
        if (request.url === '/destroy') return void request.session.destroy(end)
        if (request.url === '/regenerate') return void request.session.regenerate(end)
        request.session['count'] = Number(request.session['count'] ?? 0) + 1
        end()
      })
      const first = await site.ask()
      const second = await site.ask(first)
      expect([first.body, second.body]).toEqual(['1', '2'])
      const regenerated = await site.ask(second, '/regenerate')
      expect((await site.ask(regenerated)).body).toBe('1')
      expect((await site.ask(regenerated, '/destroy')).body).toBe('undefined')
      expect(store.records.size).toBe(0)
    })

    it('may be without touch', async () => {
      const store = new (oldStore(session))()
      expect(store.touch).toBeUndefined()
      const site = await serve(session, { store, rolling: true }, (request, response) => {
        request.session['user'] ??= 'ada'
        response.end('done')
      })
      const answer = await site.ask(await site.ask())
      expect(answer).toMatchObject({ body: 'done', setCookies: [expect.any(String)] })
    })

    it('that gets touch later is not touched', async () => {
      const store = new (oldStore(session))()
      const site = await serve(session, { store }, (request, response) => {
        request.session['user'] ??= 'ada'
        response.end('done')
      })
      const touch = vi.fn<(id: string, data: unknown, done: Callback) => void>((_id, _data, done) => done())
      store.touch = touch
      expect((await site.ask(await site.ask())).body).toBe('done')
      expect(touch).not.toHaveBeenCalled()
    })

    it('may have its methods replaced while it is in use', async () => {
      const store = recordingStore(session)
      const site = await serve(session, { store }, (request, response) => {
        if (request.url === '/change') request.session['count'] = 1
        if (request.url === '/destroy') return void request.session.destroy(() => response.end())
        response.end()
      })
      const replaced: string[] = []
      for (const name of ['get', 'set', 'touch', 'destroy'] as const) {
        const before = store[name].bind(store) as (...values: unknown[]) => void
        Object.assign(store, {
          [name]: (...values: unknown[]) => {
            replaced.push(name)
            before(...values)
          },
        })
      }
      const login = await site.ask(undefined, '/change')
      expect(replaced).toEqual(['set'])
      await site.ask(login)
      await site.ask(login, '/destroy')
      expect(replaced).toEqual(['set', 'get', 'touch', 'get', 'destroy'])
    })

    it('is given the session itself, once for each save, and its id', async () => {
      const store = recordingStore(session)
      const set = vi.spyOn(store, 'set')
      const touch = vi.spyOn(store, 'touch')
      const site = await counter(store, { genid: () => 'apple' })
      const first = await site.ask()
      expect(set).toHaveBeenCalledTimes(1)
      const [id, data, done] = set.mock.calls[0]!
      expect([id, typeof done]).toEqual(['apple', 'function'])
      expect(data).toBeInstanceOf(session.Session)
      expect(data).toMatchObject({ id: 'apple', count: 1, cookie: expect.any(session.Cookie) })
      expect(touch).not.toHaveBeenCalled()
      await site.ask(first)
      expect(set).toHaveBeenCalledTimes(2)
    })

    it('is given the session itself to touch, with the end of its new life', async () => {
      const store = recordingStore(session)
      const touch = vi.spyOn(store, 'touch')
      const site = await serve(
        session,
        { store, genid: () => 'apple', cookie: { maxAge: 60_000 } },
        (request, response) => {
          request.session['user'] ??= 'ada'
          response.end()
        },
      )
      const first = await site.ask()
      const record = JSON.parse(store.records.get('apple')!)
      store.records.set(
        'apple',
        JSON.stringify({ ...record, cookie: { ...record.cookie, expires: new Date(Date.now() + 1000) } }),
      )
      await site.ask(first)
      const [id, data, done] = touch.mock.calls[0]!
      expect([id, typeof done]).toEqual(['apple', 'function'])
      expect(data).toBeInstanceOf(session.Session)
      expect((data.cookie as InstanceType<Module['Cookie']>).maxAge).toBeGreaterThan(50_000)
    })

    it('may hand out the very object that it was given', async () => {
      const kept = new Map<string, unknown>()
      const store = recordingStore(session)
      store.get = (id, done) => void setImmediate(done, null, kept.get(id))
      store.set = (id, data, done) => {
        kept.set(id, data)
        if (done) setImmediate(done)
      }
      const site = await counter(store, { cookie: { maxAge: 60_000 } })
      const first = await site.ask()
      expect((await site.ask(first)).body).toBe('2')
      expect((await site.ask(first)).body).toBe('3')
    })

    it('is told when to go on by whoever emits connect and disconnect', async () => {
      const store = recordingStore(session)
      const [one, other] = [session({ ...options, store }), session({ ...options, store })]
      store.emit('disconnect')
      expect(await goThrough(one)).not.toHaveProperty('session')
      expect(await goThrough(other)).not.toHaveProperty('session')
      store.emit('connect')
      store.emit('connect')
      expect(await goThrough(one)).toHaveProperty('session')
      expect(await goThrough(other)).toHaveProperty('session')
    })

    it('is asked for nothing by a request whose session it never had to keep', async () => {
      const store = recordingStore(session)
      const all = ['get', 'set', 'touch', 'destroy'] as const
      const spies = all.map((name) => vi.spyOn(store, name as 'get'))
      const site = await serve(session, { store }, (_request, response) => response.end('done'))
      expect(await site.ask()).toMatchObject({ body: 'done', setCookies: [] })
      for (const spy of spies) expect(spy).not.toHaveBeenCalled()
    })
  })
})
