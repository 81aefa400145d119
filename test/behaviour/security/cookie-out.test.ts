import { Readable } from 'node:stream'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import { createSessions, memoryStore, type SessionStore } from 'sessera'
import { expressSessions, sessionOf } from 'sessera/express'
import { gate } from 'sessera/testing'
import { describe, expect, it } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { Browser as Visitor } from '../../support/browser.js'
import { fleet } from '../../support/fleet.js'
import { listenInTest } from '../../support/listen-in-test.js'

const file = fileURLToPath(import.meta.url)

/** The ways in which a handler answers. */
const ways: Readonly<Record<string, (response: Response, request: Request) => unknown>> = {
  end: (response) => response.end(),
  'end with a body': (response) => response.end('body'),
  send: (response) => response.send('body'),
  json: (response) => response.json({ a: 1 }),
  sendStatus: (response) => response.sendStatus(204),
  redirect: (response) => response.redirect('/'),
  sendFile: (response) => response.sendFile(file),
  'write and end': (response) => (response.write('bo'), response.end('dy')),
  writeHead: (response) => response.writeHead(200, { 'x-a': '1' }).end('body'),
  'writeHead with a list of headers': (response) => response.writeHead(200, ['x-a', '1', 'x-b', '2']).end('body'),
  flushHeaders: (response) => (response.flushHeaders(), response.end('body')),
  pipe: (response) => Readable.from(['bo', 'dy']).pipe(response),
  'an early hint first': (response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
    response.send('body')
  },
  'not modified': (response) => response.status(304).end(),
  'an error that is thrown': () => {
    throw new Error('from the handler')
  },
  'an error that is handed on': (_response, request) => request.next?.(new Error('from the handler')),
}

/** A server that answers in all of these ways at `/<number>`, with a change of the session at `?change`. */
async function serverWith(store: SessionStore): Promise<Browser> {
  const sessions = createSessions<{ change?: string }>({ store, cookie: { secure: false } })
  const app = express()
  app.set('env', 'test')
  app.use(expressSessions(sessions))
  for (const [index, answer] of Object.values(ways).entries()) {
    app.all(`/${index}`, (request, response) => {
      if ('change' in request.query) sessionOf(sessions, request).data.change = 'changed'
      return answer(response, request)
    })
  }
  const onError: ErrorRequestHandler = (error: Error, _request, response, _next) => {
    response.status(500).send(error.message)
  }
  app.use(onError)
  return openBrowser((await listenInTest(createServer(app))).origin)
}

describe('Set-Cookie', () => {
  const methods = ['GET', 'HEAD']
  it.each(Object.keys(ways).map((way, index) => [way, index] as const))(
    'CK-12: is there if and only if the session changed and was stored, by %s',
    async (way, index) => {
      const stored = await serverWith(memoryStore())
      const failing = await serverWith({ ...memoryStore(), insert: () => Promise.reject(new Error('down')) })
      for (const method of methods) {
        stored.jar.clear()
        expect((await stored.visit(`/${index}`, { method })).setCookies).toEqual([])
        const { status, setCookies } = await stored.visit(`/${index}?change`, { method })
        expect(setCookies).toEqual([expect.stringMatching(/^session=[^;]{55};/)])
        expect(status === 500).toBe(way.startsWith('an error'))
        const failed = await failing.visit(`/${index}?change`, { method })
        expect(failed.status).toBeGreaterThanOrEqual(500)
        expect(failed.setCookies).toEqual([])
      }
    },
  )

  it('CK-6: is one, however often the session was rotated, and the application’s own stay', async () => {
    const sessions = createSessions({ store: memoryStore(), cookie: { secure: false } })
    const app = express()
    app.use(expressSessions(sessions))
    app.get('/', async (request, response) => {
      const session = sessionOf(sessions, request)
      response.cookie('first', '1').append('Set-Cookie', 'session=planted; Path=/')
      await session.update((data) => void (data['visits'] = 1))
      session.rotate()
      session.rotate()
      session.signIn('ada')
      response.cookie('last', '2').send('body')
    })
    const browser = openBrowser((await listenInTest(createServer(app))).origin)
    for (let visit = 0; visit < 2; visit++) {
      const { setCookies } = await browser.visit('/')
      const names = setCookies.map((cookie) => cookie.split('=')[0])
      expect(names).toHaveLength(3)
      expect(new Set(names)).toEqual(new Set(['first', 'last', 'session']))
      expect(setCookies.join()).not.toContain('planted')
    }
  })

  it('CK-11: with an age is no promise: played back after the session’s time it opens nothing', async () => {
    const { backend, clock } = fleet({ remember: { idleTimeout: '1h', absoluteTimeout: '2h' } })
    const browser = new Visitor()
    const { setCookies } = await browser.visit(backend[0], (session) => session.signIn('ada', { remember: true }))
    expect(setCookies[0]).toContain('; Max-Age=7200;')
    clock.advance(3_600_000)
    expect((await browser.look(backend[1])).userId).toBeUndefined()
  })

  it('CK-13: and the whole answer leave only when any other backend finds the session', async () => {
    const store = memoryStore()
    let held = gate()
    const insert: SessionStore['insert'] = async (...call) => {
      await held.pass()
      return store.insert(...call)
    }
    const [here, there] = await Promise.all([{ ...store, insert }, store].map(backendOn))
    for (let login = 0; login < 20; login++) {
      held = gate()
      here!.jar.clear()
      let isThere = false
      const arrival = here!.arrive('/login').finally(() => (isThere = true))
      await held.reached
      await here!.visit('/me') // so that what had been sent before would have arrived
      expect(isThere).toBe(false)
      held.open()
      const { status, setCookies } = await arrival
      expect([status, setCookies]).toEqual([302, [expect.any(String)]])
      expect((await there!.visit('/me', { cookie: here!.cookies() })).body).toBe('ada')
    }
  })
})

async function backendOn(store: SessionStore): Promise<Browser> {
  const sessions = createSessions({ store, cookie: { secure: false }, deadline: '1m' })
  const app = express()
  app.use(expressSessions(sessions))
  app.get('/login', (request, response) => {
    sessionOf(sessions, request).signIn('ada')
    response.redirect('/me')
  })
  app.get('/me', (request, response) => response.send(sessionOf(sessions, request).userId ?? 'nobody'))
  return openBrowser((await listenInTest(createServer(app))).origin)
}
