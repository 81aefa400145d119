import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import express from 'express'
import { describe, expect, it, vi } from 'vitest'
import { openBrowser } from '../../../src/testing/browser.js'
import { goThrough } from './bare.js'
import { onBoth } from './both.js'
import type { Module } from './modules.js'
import { recordingStore } from './recording-store.js'
import { serve, type Request } from './site.js'
import { listenInTest } from '../../support/listen-in-test.js'

const options = { secret: 'keyboard cat', resave: false, saveUninitialized: false }

/** Signs `id` by an answer of the module's own. */
async function cookieFor(session: Module, id: string): Promise<string> {
  const site = await serve(session, { genid: () => id }, (request, response) => {
    request.session['value'] = 1
    response.end()
  })
  return (await site.ask()).setCookies[0]!.split(';', 1)[0]!
}

onBoth((session) => {
  describe('a request', () => {
    it('that has a session already passes untouched', async () => {
      const request = { session: { user: 'ada' } }
      await goThrough(session(options), request)
      expect(request.session).toEqual({ user: 'ada' })
      expect(request).not.toHaveProperty('sessionID')
      expect(request).not.toHaveProperty('sessionStore')
    })

    it('may pass the middleware twice', async () => {
      const store = recordingStore(session)
      const first = session({ ...options, store, genid: () => 'first' })
      const second = session({ ...options, store: recordingStore(session), genid: () => 'second' })
      const request = await goThrough(second, await goThrough(first))
      expect([request.sessionID, request.sessionStore]).toEqual(['first', store])
    })

    it('without a cookie has a new session before the middleware returns', () => {
      const request: Partial<Request> = { url: '/', headers: {} }
      const next = vi.fn<() => void>()
      session(options)(request, {}, next)
      expect(next.mock.calls).toEqual([[]])
      expect(request.session).toBeInstanceOf(session.Session)
    })

    it('gets its store, its id and its session as plain properties', async () => {
      const store = recordingStore(session)
      const request = await goThrough(session({ ...options, store }))
      for (const name of ['session', 'sessionID', 'sessionStore'])
        expect(Object.getOwnPropertyDescriptor(request, name)).toMatchObject({ writable: true, enumerable: true })
      expect(request.sessionStore).toBe(store)
      expect(request.session?.id).toBe(request.sessionID)
    })

    it('is fetched by the id of its cookie', async () => {
      const store = recordingStore(session)
      const get = vi.spyOn(store, 'get')
      store.records.set('apple', JSON.stringify({ cookie: {}, user: 'ada' }))
      const cookie = await cookieFor(session, 'apple')
      const request = await goThrough(session({ ...options, store }), { headers: { cookie } })
      expect(get.mock.calls).toEqual([['apple', expect.any(Function)]])
      expect([request.sessionID, request.session?.id, request.session?.['user']]).toEqual(['apple', 'apple', 'ada'])
    })

    it.each([null, undefined, false, 0, ''])('whose session is not there (%j) gets a new id', async (nothing) => {
      const store = recordingStore(session)
      store.get = (_id, callback) => void setImmediate(callback, null, nothing)
      const cookie = await cookieFor(session, 'apple')
      const request = await goThrough(session({ ...options, store }), { headers: { cookie } })
      expect(request.sessionID).toMatch(/^[\w-]{32}$/)
      expect(request.session?.id).toBe(request.sessionID)
    })

    it('whose session cannot be fetched gets the error, and no session', async () => {
      const store = recordingStore(session)
      const error = new Error('no connection')
      store.get = (_id, callback) => void setImmediate(callback, error)
      const request = { headers: { cookie: await cookieFor(session, 'apple') } }
      await expect(goThrough(session({ ...options, store }), request)).rejects.toBe(error)
      expect(request).not.toHaveProperty('session')
      expect(request).toMatchObject({ sessionID: 'apple', sessionStore: store })
    })

    it('whose session cannot be fetched can be answered, and nothing is stored', async () => {
      const store = recordingStore(session)
      store.get = (_id, callback) => void setImmediate(callback, new Error('no connection'))
      const site = await serve(session, { store }, () => {})
      expect(await site.ask(await cookieFor(session, 'apple'))).toMatchObject({
        status: 500,
        body: 'no connection',
        setCookies: [],
      })
      expect(store.calls).toEqual([])
    })

    it('whose session file is not there, ENOENT, gets a new session', async () => {
      const store = recordingStore(session)
      store.get = (_id, callback) => void setImmediate(callback, Object.assign(new Error('none'), { code: 'ENOENT' }))
      const request = await goThrough(session({ ...options, store }), {
        headers: { cookie: await cookieFor(session, 'apple') },
      })
      expect(request.session).toBeInstanceOf(session.Session)
      expect(request.sessionID).not.toBe('apple')
    })
  })

  describe('a store that says it is disconnected', () => {
    it('gives requests no session until it is connected again', async () => {
      const store = recordingStore(session)
      const middleware = session({ ...options, store })
      store.emit('disconnect')
      const request = await goThrough(middleware)
      for (const name of ['session', 'sessionID', 'sessionStore']) expect(request).not.toHaveProperty(name)
      store.emit('connect')
      expect((await goThrough(middleware)).session).toBeInstanceOf(session.Session)
    })

    it('lets requests keep the session that they have', async () => {
      const store = recordingStore(session)
      const site = await serve(session, { store }, (request, response) => {
        store.emit('disconnect')
        request.session['value'] = 1
        response.end()
      })
      expect((await site.ask()).setCookies).toHaveLength(1)
      expect(store.records.size).toBe(1)
    })
  })

  describe('the path of the cookie', () => {
    const reached = async (path: string, request: object): Promise<boolean> =>
      'session' in (await goThrough(session({ ...options, cookie: { path } }), request))

    it.each([
      ['/', '/', true],
      ['/', '', true],
      ['/', '?a=b', true],
      ['/foo', '/foo', true],
      ['/foo', '/foo/', true],
      ['/foo', '/foo?a=b', true],
      ['/foo', '/foo/bar', true],
      ['/foo', '/foobar', true],
      ['/foo', '/', false],
      ['/foo', '/fo', false],
      ['/foo', '/Foo', false],
      ['/foo', '/bar/foo', false],
      ['/foo', '/?/foo', false],
      ['/foo/', '/foo', false],
      ['/foo', '', false],
      ['/foo/bar', '/foo/bar/baz', true],
      ['/foo', 'http://example.com/foo', true],
      ['/foo', 'http://example.com/foo/bar?a=b', true],
      ['/bar', 'http://foo/bar', true],
      ['/foo/bar', 'http://foo/bar', false],
      ['/foo', 'http://example.com/', false],
      ['/foo', 'http://example.com', false],
    ])('%s for the url %j: %j', async (path, url, expected) => {
      expect(await reached(path, { url })).toBe(expected)
    })

    it.each([
      ['/foo', { originalUrl: '/foo/bar', url: '/bar' }, true],
      ['/bar', { originalUrl: '/foo/bar', url: '/bar' }, false],
      ['/foo', { originalUrl: '', url: '/foo' }, false],
    ])('%s is looked for in the url before a sub-application cut from it: %o', async (path, request, expected) => {
      expect(await reached(path, request)).toBe(expected)
    })

    it('counts from the root in an application that is mounted', async () => {
      const app = express()
      app.use('/foo', session({ ...options, cookie: { path: '/foo/bar' } }), (request, response) => {
        const given = request as unknown as Partial<Request>
        if (given.session) given.session['value'] = 1
        response.end(String(given.session !== undefined))
      })
      const { origin } = await listenInTest(createServer(app))
      const { visit } = openBrowser(origin)
      expect(await visit('/foo/bar', { cookie: '' })).toMatchObject({
        body: 'true',
        setCookies: [expect.stringContaining('; Path=/foo/bar;')],
      })
      expect(await visit('/foo/foo/bar', { cookie: '' })).toMatchObject({ body: 'false', setCookies: [] })
      const wholeUrl = get(origin, { path: `${origin}/foo/bar`, agent: false }) // as a proxy sends it
      const [response] = (await once(wholeUrl, 'response')) as [IncomingMessage]
      expect(await text(response)).toBe('true')
    })

    it('leaves the response alone of a request outside', async () => {
      const site = await serve(session, { cookie: { path: '/admin' } }, (request, response) => {
        expect(request).not.toHaveProperty('session')
        response.end('done')
      })
      expect(await site.ask()).toMatchObject({ status: 200, body: 'done', setCookies: [] })
    })
  })

  describe('a handshake of a socket, which has no response', () => {
    it('has its session too', async () => {
      const store = recordingStore(session)
      store.records.set('apple', JSON.stringify({ cookie: {}, user: 'ada' }))
      const middleware = session({ ...options, store })
      const headers = { cookie: await cookieFor(session, 'apple') }
      const { session: found } = await goThrough(middleware, { headers })
      expect(found).toMatchObject({ id: 'apple', user: 'ada' })
    })

    it('can save what it changes', async () => {
      const store = recordingStore(session)
      const { session: made } = await goThrough(session({ ...options, store, genid: () => 'apple' }))
      Object.assign(made!, { user: 'ada' })
      await new Promise((resolve) => void made!.save(resolve))
      expect(JSON.parse(store.records.get('apple')!)).toMatchObject({ user: 'ada' })
    })
  })
})
