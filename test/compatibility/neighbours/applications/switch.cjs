// A shop that is deployed again and again, on one Redis, while its users go on.
const express = require('express')
const { createClient } = require('redis')
const session = require('express-session')
const { RedisStore } = require('connect-redis')

const client = createClient({ url: process.env.REDIS_URL })
const app = express()
app.use(
  session({
    secret: 'keyboard cat',
    store: new RedisStore({ client }),
    resave: false,
    saveUninitialized: false,
    rolling: process.env.ROLLING === 'yes',
    cookie: { maxAge: process.env.MAX_AGE ? Number(process.env.MAX_AGE) : null, sameSite: 'lax' },
  }),
)
app.use(express.urlencoded({ extended: false }))

app.get('/', (request, response) => response.json({ user: request.session.user, seen: request.session.seen }))
app.post('/sign-in', (request, response, next) => {
  request.session.regenerate((error) => {
    if (error) return next(error)
    request.session.user = { name: request.body.name, roles: ['reader'] }
    request.session.seen = []
    response.redirect('/')
  })
})
app.post('/see', (request, response) => {
  request.session.seen.push(request.body.item)
  response.redirect('/')
})

client.connect().then(() => {
  const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
})
