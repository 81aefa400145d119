// A counter that is pressed over a socket, with the session of the page in its handshake.
const { createServer } = require('node:http')
const express = require('express')
const { Server } = require('socket.io')
const sharedSession = require('express-socket.io-session')
const { createClient } = require('redis')
const session = require('express-session')
const { RedisStore } = require('connect-redis')

const client = createClient({ url: process.env.REDIS_URL })
const sessionMiddleware = session({
  secret: 'keyboard cat',
  store: new RedisStore({ client }),
  resave: true,
  saveUninitialized: true,
  cookie: { maxAge: 3_600_000 },
})

const app = express()
const server = createServer(app)
const io = new Server(server)
app.use(sessionMiddleware)
io.use(sharedSession(sessionMiddleware, { autoSave: true }))

app.get('/', (request, response) => response.send(`pressed ${request.session.pressed ?? 0} times`))
app.post('/sign-out', (request, response, next) => {
  request.session.destroy((error) => (error ? next(error) : response.redirect('/')))
})

io.on('connection', (socket) => {
  socket.on('press', (answer) => {
    const { session } = socket.handshake
    session.pressed = (session.pressed ?? 0) + 1
    answer(session.pressed)
  })
})

client.connect().then(() => {
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
})
