// The first example of connect-redis, in CommonJS.
const { createClient } = require('redis')
const express = require('express')
const session = require('express-session')
const { RedisStore } = require('connect-redis')

const secret = 'keyboard cat'
const clientRedis = createClient({ url: process.env.REDIS_URL })
const sessionMiddleware = session({
  secret: secret,
  store: new RedisStore({ client: clientRedis }),
  resave: false,
  saveUninitialized: true,
})

const app = express()
app.use(sessionMiddleware)
app.get('/', (request, response) => {
  const views = (request.session.views = (request.session.views ?? 0) + 1)
  const isStore = request.sessionStore instanceof session.Store && request.sessionStore instanceof RedisStore
  response.send(`Visit ${views}, ${isStore}`)
})
app.post('/sign-out', (request, response) => request.session.destroy(() => response.redirect('/')))

clientRedis.connect().then(() => {
  const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
})
