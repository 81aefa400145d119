// A shop that its own tests enter by `require`, as shop.test.cjs does.
const express = require('express')
const { createClient } = require('redis')
const session = require('express-session')
const { RedisStore } = require('connect-redis')

const client = createClient({ url: process.env.REDIS_URL })

/** With `inRedis`, sessions are kept there, and else in memory. */
function createShop({ inRedis }) {
  const app = express()
  const store = inRedis ? new RedisStore({ client, prefix: 'shop:', ttl: 600 }) : new session.MemoryStore()
  app.use(
    session({ name: 'shop', secret: ['keyboard cat', 'an older one'], store, resave: true, saveUninitialized: false }),
  )
  app.use(express.json())

  app.post('/basket', (request, response) => {
    const { session } = request
    session.basket = [...(session.basket ?? []), request.body.item]
    response.status(201).json(session.basket)
  })
  app.get('/basket', (request, response) => response.json(request.session.basket ?? []))
  app.post('/sign-in', (request, response, next) => {
    const { basket } = request.session
    request.session.regenerate((error) => {
      if (error) return next(error)
      Object.assign(request.session, { user: request.body.name, basket })
      response.sendStatus(204)
    })
  })
  app.get('/me', (request, response) => response.json({ user: request.session.user, isNew: !request.headers.cookie }))
  app.delete('/session', (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.sendStatus(204)))
  })
  return app
}

module.exports = { createShop, client }
