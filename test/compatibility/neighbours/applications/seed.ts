// The first example of connect-redis in TypeScript, compiled to CommonJS by `esModuleInterop`.
import { createClient } from 'redis'
import type { AddressInfo } from 'node:net'
import express from 'express'
import session, { Cookie, MemoryStore, Store } from 'express-session'
import { RedisStore } from 'connect-redis'

declare module 'express-session' {
  interface SessionData {
    views: number
  }
}

const secret = 'keyboard cat'
const clientRedis = createClient({ url: process.env['REDIS_URL'] ?? '' })
const sessionMiddleware = session({
  secret: secret,
  store: new RedisStore({ client: clientRedis }),
  resave: false,
  saveUninitialized: true,
})

const isWhole = new MemoryStore() instanceof Store && new Cookie().path === '/'

const app = express()
app.use(sessionMiddleware)
app.get('/', (request, response) => {
  const views: number = (request.session.views = (request.session.views ?? 0) + 1)
  const isStore = request.sessionStore instanceof session.Store && request.sessionStore instanceof RedisStore
  response.send(`Visit ${views}, ${isStore && isWhole}`)
})
app.post('/sign-out', (request, response) => {
  request.session.destroy(() => response.redirect('/'))
})

void clientRedis.connect().then(() => {
  const server = app.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
})
