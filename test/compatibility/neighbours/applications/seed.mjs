// The first example of connect-redis, as an ES module, with all names that can be imported.
import { createClient } from 'redis'
import express from 'express'
import session, { Cookie, MemoryStore, Session, Store } from 'express-session'
import * as module from 'express-session'
import CookieOfFile from 'express-session/session/cookie.js'
import MemoryStoreOfFile from 'express-session/session/memory.js'
import SessionOfFile from 'express-session/session/session.js'
import StoreOfFile from 'express-session/session/store.js'
import { RedisStore } from 'connect-redis'

const secret = 'keyboard cat'
const clientRedis = createClient({ url: process.env.REDIS_URL })
const sessionMiddleware = session({
  secret: secret,
  store: new RedisStore({ client: clientRedis }),
  resave: false,
  saveUninitialized: true,
})

const names = { Cookie, MemoryStore, Session, Store }
const files = { Cookie: CookieOfFile, MemoryStore: MemoryStoreOfFile, Session: SessionOfFile, Store: StoreOfFile }
const areSame = Object.entries(names).every(([name, value]) =>
  [session[name], module[name], files[name]].every((other) => other === value),
)

const app = express()
app.use(sessionMiddleware)
app.get('/', (request, response) => {
  const views = (request.session.views = (request.session.views ?? 0) + 1)
  const isStore = request.sessionStore instanceof Store && request.sessionStore instanceof RedisStore
  response.send(`Visit ${views}, ${isStore && areSame && module.default === session}`)
})
app.post('/sign-out', (request, response) => request.session.destroy(() => response.redirect('/')))

await clientRedis.connect()
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
