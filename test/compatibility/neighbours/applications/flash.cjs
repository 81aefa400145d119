// A form that answers by a redirect, and says on the next page what became of it.
const express = require('express')
const flash = require('connect-flash')
const { createClient } = require('redis')
const session = require('express-session')
const { RedisStore } = require('connect-redis')

const client = createClient({ url: process.env.REDIS_URL })
const app = express()
app.use(session({ secret: 'keyboard cat', store: new RedisStore({ client }), resave: false, saveUninitialized: false }))
app.use(flash())
app.use(express.urlencoded({ extended: false }))

app.post('/letters', (request, response) => {
  if (request.body.text) request.flash('info', `Sent "${request.body.text}".`)
  else request.flash('error', ['Nothing to send.', 'Write something first.'])
  response.redirect('/')
})
app.get('/', (request, response) => response.json({ info: request.flash('info'), error: request.flash('error') }))

client.connect().then(() => {
  const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
})
