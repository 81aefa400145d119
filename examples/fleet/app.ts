import { fileURLToPath } from 'node:url'
import express, { type ErrorRequestHandler, type Express, type Request } from 'express'
import { type SessionData, SessionEndedError, type Sessions, StoreUnavailableError } from 'sessera'
import { expressSessions } from 'sessera/express'
import { mountUserSessions } from './user-sessions.js'
import { BadRequestError, labelOf, readText } from './visitor.js'

declare module 'sessera' {
  interface SessionData {
    cart: string[]
    visits: number
    /** Keys of the requests whose changes are in this session, newest last. */
    done: string[]
  }
}

interface Place {
  readonly number: number
  readonly fleetSize: number
}

// The page is served from the source folder, since only TypeScript is built.
const pageFolder = fileURLToPath(new URL('examples/fleet/', import.meta.resolve('sessera/package.json')))
const pageFiles = {
  '/': 'page.html',
  '/page.css': 'page.css',
  '/page.js': 'page.js',
  '/picture.js': 'picture.js',
  '/devices.js': 'devices.js',
}

const maxItems = 100
const maxKeys = 100 // more than one visitor ever has in flight

/** What every backend serves: the page, and the JSON behind it. */
export function createApp(sessions: Sessions, { number, fleetSize }: Place): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use((_, response, next) => {
    response.set('x-backend', String(number))
    next()
  })

  for (const [path, file] of Object.entries(pageFiles)) {
    app.get(path, (_, response) => {
      response.set(
        'content-security-policy',
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:",
      )
      response.sendFile(file, { root: pageFolder })
    })
  }

  app.use(expressSessions(sessions))
  app.use(express.json({ limit: '16kb' }))

  app.get('/api/me', ({ session }, response) => {
    const stranger = session.handle === undefined
    response.json({
      userId: session.userId ?? null,
      handle: session.handle ?? null,
      backend: number,
      visits: stranger ? null : (session.data.visits ?? 0),
      cart: stranger ? null : (session.data.cart ?? []),
    })
  })

  app.post('/api/login', (request, response) => {
    const userId = readText(request.body, 'user', 64)
    request.session.signIn(userId, { keep: ['cart'], label: labelOf(request.get('user-agent')) })
    response.json({ userId, backend: number })
  })

  app.post('/api/logout', (request, response) => {
    request.session.end()
    response.json({ userId: null, backend: number })
  })

  mountUserSessions(app, sessions)

  app.post('/api/cart', async (request, response) => {
    const item = readText(request.body, 'item', 80)
    const { cart } = await changeOnce(request, (data) => {
      data.cart ??= []
      if (data.cart.length >= maxItems) throw new BadRequestError(`The cart is full: it holds ${maxItems} items.`)
      data.cart.push(item)
    })
    response.json({ cart, backend: number })
  })

  app.post('/api/visits', async (request, response) => {
    const { visits } = await changeOnce(request, (data) => {
      data.visits = (data.visits ?? 0) + 1
    })
    response.json({ visits, backend: number })
  })

  // The load balancer has already stopped the backend; this only answers.
  app.post('/api/backends/:number/stop', ({ params }, response, next) => {
    const stopped = Number(params.number)
    if (!(stopped >= 1 && stopped <= fleetSize)) return next()
    response.json({ stopped, backend: number })
  })

  app.use((request, response) => {
    response.status(404).json({ error: `There is no ${request.method} ${request.path}.` })
  })
  app.use(answerError)
  return app
}

/**
 * A read-modify-write that counts once, even if the load balancer sent the request twice because the first backend died: the
 * request's idempotency key is stored in the same step as the change.
 */
async function changeOnce(
  request: Request,
  change: (data: Partial<SessionData>) => void,
): Promise<Partial<SessionData>> {
  const key = request.get('idempotency-key')
  return request.session.update((data) => {
    const done = data.done ?? []
    if (key === undefined || !done.includes(key)) {
      change(data)
      if (key !== undefined) data.done = [...done, key].slice(-maxKeys)
    }
    return { ...data }
  })
}

const answerError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error)
  const { status = 500, headers = {} } = error as {
    readonly status?: number
    readonly headers?: Readonly<Record<string, string>>
  }
  if (status === 500) console.error(error)
  response
    .status(status)
    .set(headers)
    .json({ error: describe(error) })
}

/** The message for visitors. The messages of Sessera's errors are for developers. */
function describe(error: unknown): string {
  const { type } = error as { readonly type?: string } // set on errors of express.json
  if (error instanceof BadRequestError) return error.message
  if (error instanceof SessionEndedError) return 'You were signed out meanwhile; sign in again.'
  if (error instanceof StoreUnavailableError) return 'The sessions are out of reach; try again in a moment.'
  if (type === 'entity.parse.failed') return 'The body is not valid JSON.'
  if (type === 'entity.too.large') return 'The body is too long.'
  return 'Something went wrong.'
}
