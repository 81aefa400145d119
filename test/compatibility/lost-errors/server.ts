// A process of its own, as what is looked at is whether it lives: `server.ts EXPRESS API`, with the path of Express.
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type expressOfOne from 'express'
import type { NextFunction, Request, Response } from 'express'
import { createSessions, memoryStore } from 'sessera'
import { expressSessions } from 'sessera/express'
import { session } from 'sessera/express-session'
import { recordingStore } from '../express-session/recording-store.js'

const [, , path = '', api = ''] = process.argv
const express = createRequire(import.meta.url)(path) as typeof expressOfOne

type Failing = (method: string) => Promise<unknown>
type AnyRequest = Request & {
  session: Record<string, (...values: unknown[]) => Promise<unknown>> & { data: Record<string, unknown> }
}

const failure = (): Error => new Error('the store failed')
let isFailing = false

/** What fails, for a request, when its store does. */
const apis: Record<
  string,
  () => { middleware: unknown; start(request: AnyRequest): void; fail(request: AnyRequest): Failing }
> = {
  'drop-in'() {
    const store = recordingStore(session)
    for (const method of ['get', 'set', 'destroy'] as const) {
      const own = (store[method] as (...values: unknown[]) => void).bind(store)
      store[method] = (...values: unknown[]) => {
        if (isFailing) setImmediate(values.at(-1) as (error: Error) => void, failure())
        else own(...values)
      }
    }
    return {
      middleware: session({ secret: 'keyboard cat', resave: false, saveUninitialized: false, store }),
      start: (request) => void Object.assign(request.session, { user: 'ada' }),
      fail: (request) => (method) => request.session[method]!(),
    }
  },
  native() {
    const store = memoryStore()
    const failing =
      (verb: 'load' | 'insert' | 'replace') =>
      (...values: never[]): Promise<never> =>
        isFailing ? Promise.reject(failure()) : (Reflect.apply(store[verb], store, values) as Promise<never>)
    const sessions = createSessions({
      store: { ...store, load: failing('load'), insert: failing('insert'), replace: failing('replace') },
      cookie: { secure: false },
    })
    return {
      middleware: expressSessions(sessions),
      start: (request) => void (request.session.data['user'] = 'ada'),
      fail: (request) => (method) => {
        request.session.data['count'] = 1
        return method === 'update' ? request.session['update'](() => {}) : request.session[method]!()
      },
    }
  },
}

const { middleware, start, fail } = apis[api]!()
const app = express()
app.use(middleware as never)
const route = (url: string, handler: (request: AnyRequest, response: Response, next: NextFunction) => unknown): void =>
  void app.get(url, handler as never)
const methodOf = (request: Request): string => request.query['method'] as string

route('/start', (request, response) => {
  start(request)
  response.send('started')
})
route('/await', async (request, response) => {
  isFailing = true
  await fail(request)(methodOf(request))
  response.send('done')
})
route('/late', async (request, response) => {
  isFailing = true
  try {
    await fail(request)(methodOf(request))
  } finally {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  response.send('done')
})
route('/catch', async (request, response) => {
  isFailing = true
  try {
    await fail(request)(methodOf(request))
  } catch (error) {
    response.status(418).send(`caught ${(error as Error).message}`)
  }
})
route('/after', async (request, response) => {
  isFailing = true
  response.status(500).send('answered')
  await fail(request)(methodOf(request))
})
route('/with-another', async (request, response) => {
  isFailing = true
  void Promise.reject(new Error('of the application'))
  await fail(request)(methodOf(request))
  response.send('done')
})
let errors = 0
app.use((error: Error & { status?: number }, _request: Request, response: Response, _next: NextFunction) => {
  errors += 1
  response.status(error.status ?? 500).send(`failed: ${error.message}, ${errors}`)
  errors = 0
  isFailing = false
})
app.use((_request, response) => void response.status(404).end())

if (process.env['LISTENS'])
  process.on('unhandledRejection', (error) => console.log(`heard ${(error as Error).message}`))
const server = app.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
