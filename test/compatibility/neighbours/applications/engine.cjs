// A chat whose sockets have the session of the page, as the documentation of Socket.IO says.
const { createServer } = require('node:http')
const express = require('express')
const { Server } = require('socket.io')
const { createClient } = require('redis')
const session = require('express-session')
const { RedisStore } = require('connect-redis')

const client = createClient({ url: process.env.REDIS_URL })
const sessionMiddleware = session({
  secret: 'keyboard cat',
  store: new RedisStore({ client }),
  resave: false,
  saveUninitialized: process.env.SAVE_UNINITIALIZED === 'yes',
  rolling: process.env.ROLLING === 'yes',
})

const app = express()
const server = createServer(app)
const io = new Server(server)
app.use(sessionMiddleware)
app.use(express.urlencoded({ extended: false }))
io.engine.use(sessionMiddleware)

app.post('/sign-in', (request, response, next) => {
  request.session.regenerate((error) => {
    if (error) return next(error)
    request.session.user = request.body.name
    response.redirect('/')
  })
})
app.get('/', (request, response) => {
  const { user = 'A stranger', room = 'no room' } = request.session
  response.send(`${user} is in ${room}.`)
})
app.post('/rename', (request, response) => {
  request.session.user = request.body.name
  response.redirect('/')
})
app.post('/sign-out', (request, response, next) => {
  const { id } = request.session
  request.session.destroy((error) => {
    if (error) return next(error)
    io.in(id).disconnectSockets()
    response.redirect('/')
  })
})

io.use((socket, next) => (socket.request.session.user ? next() : next(new Error('Sign in first.'))))
io.on('connection', (socket) => {
  const { request } = socket
  socket.join(request.session.id)
  socket.on('who', (answer) => answer(request.session.user))
  socket.on('enter', (room, answer) => {
    request.session.reload((error) => {
      if (error) return answer(`failed: ${error.message}`)
      request.session.room = room
      request.session.save((error) =>
        answer(error ? `failed: ${error.message}` : `${request.session.user} entered ${room}`),
      )
    })
  })
})

client.connect().then(() => {
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
})
