import { EventEmitter } from 'node:events'
import { createSessions, memoryStore } from 'sessera'
import { expressSessions } from 'sessera/express'
import { session } from 'sessera/express-session'
import { describe, expect, it, vi, type Mock } from 'vitest'
import type { AnyRequest } from '../../express-session/api/loose-types.js'

type Any = AnyRequest

const mock = (): Mock<(...values: unknown[]) => Any> => vi.fn<(...values: unknown[]) => Any>()

/** Responses of hosts that are not Node's; each says how it was ended. */
const responses: Readonly<Record<string, () => Any>> = {
  'nothing but end': () => ({ end: mock() }),
  'end and setHeader': () => ({ end: mock(), setHeader: mock() }),
  'headers and no status': () => withHeaders({ end: mock() }),
  'headers and a status': () => withHeaders({ end: mock(), write: mock(), statusCode: 200 }),
  'an emitter': () => withHeaders(Object.assign(new EventEmitter(), { end: mock(), statusCode: 200 })),
  'properties of its own that say what was sent': () =>
    withHeaders({ end: mock(), statusCode: 200, headersSent: false, writableEnded: false, finished: false }),
}

function withHeaders(response: object): Any {
  const headers = new Map<string, unknown>()
  return Object.assign(response, {
    getHeader: (name: string) => headers.get(name.toLowerCase()),
    setHeader: (name: string, value: unknown) => void headers.set(name.toLowerCase(), value),
    removeHeader: (name: string) => void headers.delete(name.toLowerCase()),
    getHeaderNames: () => [...headers.keys()],
  })
}

const middlewares = {
  'sessera/express'() {
    const store = memoryStore()
    const insert = vi.fn<typeof store.insert>(store.insert)
    const sessions = createSessions({ store: { ...store, insert }, cookie: { secure: false } })
    return { middleware: expressSessions(sessions) as Any, change: ({ data }: Any) => (data.theme = 'dark'), insert }
  },
  'sessera/express-session'() {
    const store = new session.MemoryStore()
    const insert = vi.spyOn(store, 'set')
    const middleware = session({ secret: 'keyboard cat', store, resave: false, saveUninitialized: false })
    return { middleware, change: (given: Any) => (given.theme = 'dark'), insert }
  },
}

describe.each(Object.entries(middlewares))('%s', (_path, open) => {
  describe.each(Object.entries(responses))('with a response that has %s', (_what, make) => {
    async function through(middleware: Any): Promise<{ request: Any; response: Any; end: Any; next: Any }> {
      const request: Any = { url: '/', headers: {} }
      const response = make()
      const { end } = response
      const next = mock()
      middleware(request, response, next)
      await vi.waitFor(() => expect(next).toHaveBeenCalledWith())
      return { request, response, end, next }
    }

    it('stores what was changed before it is ended', async () => {
      const { middleware, change, insert } = open()
      const { request, response, end } = await through(middleware)
      change(request.session)
      response.end('body')
      await vi.waitFor(() => expect(end).toHaveBeenCalledWith('body'))
      expect(insert).toHaveBeenCalledOnce()
      expect(insert.mock.invocationCallOrder[0]).toBeLessThan(end.mock.invocationCallOrder[0])
      if (response.getHeader) expect([response.getHeader('Set-Cookie')].flat()).toEqual([expect.any(String)])
    })

    it('is ended where nothing changed', async () => {
      const { response, end } = await through(open().middleware)
      response.end('body')
      await vi.waitFor(() => expect(end).toHaveBeenCalledWith('body'))
    })

    it('answers an error where nothing could be stored', async () => {
      const { middleware, change, insert } = open()
      vi.spyOn(console, 'error').mockImplementation(() => {})
      insert.mockImplementation(((_id: unknown, _data: unknown, done: unknown) => {
        const outage = new Error('down')
        if (typeof done === 'function') return void setImmediate(() => done(outage))
        return Promise.reject(outage)
      }) as Any)
      const request: Any = { url: '/', headers: {} }
      const response = make()
      const { end } = response
      // Takes no error, as mocks of test frameworks.
      middleware(request, response, () => {
        change(request.session)
        response.end('stored')
      })
      await vi.waitFor(() => expect(end).toHaveBeenCalled())
      expect(end).not.toHaveBeenCalledWith('stored')
      if ('statusCode' in response) expect(response.statusCode).toBeGreaterThanOrEqual(500)
    })
  })
})
