// A bank that takes orders only from its own forms.
const express = require('express')
const { csrfSync } = require('csrf-sync')
const { createClient } = require('redis')
const session = require('express-session')
const { RedisStore } = require('connect-redis')

const client = createClient({ url: process.env.REDIS_URL })
const { csrfSynchronisedProtection, generateToken } = csrfSync({
  getTokenFromRequest: (request) => request.body.token,
})

const app = express()
app.use(
  session({
    secret: 'keyboard cat',
    store: new RedisStore({ client, prefix: 'bank:' }),
    resave: false,
    saveUninitialized: false,
    cookie: { sameSite: 'strict', secure: 'auto' },
  }),
)
app.use(express.urlencoded({ extended: false }))
app.get('/form', (request, response) => response.send(generateToken(request)))
app.use(csrfSynchronisedProtection)

app.post('/pay', (request, response) => {
  request.session.paid = (request.session.paid ?? 0) + Number(request.body.amount)
  response.send(`Paid ${request.session.paid} in all.`)
})
app.post('/sign-in', (request, response, next) => {
  request.session.regenerate((error) => {
    if (error) return next(error)
    request.session.user = request.body.name
    response.send(`Hello, ${request.body.name}.`)
  })
})
app.use((error, request, response, _next) => response.status(error.statusCode ?? 500).send(error.message))

client.connect().then(() => {
  const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
})
