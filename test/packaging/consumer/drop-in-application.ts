// An application that came from express-session: its imports name this package, all else is as it was. What its sessions hold is
// declared as the page on moving says. Compiled and never run.
import express from 'express'
import session, { Cookie, MemoryStore, Store, type SessionData, type SessionOptions } from 'sessera/express-session'
import { RedisStore } from 'sessera/connect-redis'
import { createClient } from './client.js'

const options: SessionOptions = {
  secret: ['new', 'old'],
  store: new RedisStore({
    client: createClient(),
    prefix: 'app:',
    ttl: (data: SessionData) => (data.user ? 3600 : 60),
  }),
  resave: false,
  saveUninitialized: false,
  cookie: { maxAge: 60_000, sameSite: 'lax', secure: 'auto' },
  genid: (req: express.Request) => req.path,
}

const app = express()
app.use(session(options))
app.use(session({ secret: 'text', cookie: (req: express.Request) => ({ secure: req.secure }) }))
app.use(session({ secret: 'text', store: new MemoryStore(), conflict: 'last-wins' }))

app.get('/', (req, res, next) => {
  const views: number | undefined = req.session.views
  req.session.views = (views ?? 0) + 1
  req.session.cookie.maxAge = req.session.cookie.originalMaxAge
  const id: string = req.sessionID
  req.sessionStore.get(req.session.id, (error, data) => next(error ?? data))
  req.session
    .touch()
    .save((error) => {
      if (error) next(error)
      else res.send(id)
    })
    .resetMaxAge()
  // @ts-expect-error not a key of SessionData
  req.session.basket = []
  // @ts-expect-error a number
  req.session.views = 'many'
})

app.post('/login', async (req, res) => {
  await req.session.regenerate()
  req.session.user = 'ada'
  await req.session.save()
  req.session.destroy((error?: Error) => res.send(error?.message))
})

// @ts-expect-error neither keep nor destroy
session({ secret: 'text', unset: 'forget' })
// @ts-expect-error no store
session({ secret: 'text', store: {} })
// @ts-expect-error no such option
session({ secret: 'text', saveUninitialised: false })

export class OwnStore extends Store {
  readonly #records = new Map<string, SessionData>()

  get(id: string, callback: (error: unknown, data?: SessionData | null) => void): void {
    callback(null, this.#records.get(id))
  }

  set(id: string, data: SessionData, callback?: (error?: unknown) => void): void {
    this.#records.set(id, data)
    callback?.()
  }

  destroy(id: string, callback?: (error?: unknown) => void): void {
    this.#records.delete(id)
    callback?.()
  }
}
session({ secret: 'text', store: new OwnStore() })
export const cookie = new Cookie({ maxAge: 1000 }).serialize('name', 'value')
