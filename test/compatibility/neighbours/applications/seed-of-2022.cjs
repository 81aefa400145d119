// The calling form of connect-redis up to version 6: it is given the session module. With the client that it took as it is.
var Redis = require('ioredis').Redis
var express = require('express')
var session = require('express-session')
var RedisStore = require('connect-redis')(session)

var secret = 'keyboard cat'
var clientRedis = new Redis(process.env.REDIS_URL)
var sessionMiddleware = session({
  secret: secret,
  store: new RedisStore({ client: clientRedis }),
  resave: false,
  saveUninitialized: true,
})

var app = express()
app.use(sessionMiddleware)
app.get('/', function (request, response) {
  var views = (request.session.views = (request.session.views || 0) + 1)
  var isStore = request.sessionStore instanceof session.Store && request.sessionStore instanceof RedisStore
  response.send('Visit ' + views + ', ' + isStore)
})
app.post('/sign-out', function (request, response) {
  request.session.destroy(function () {
    response.redirect('/')
  })
})

var server = app.listen(0, '127.0.0.1', function () {
  console.log(server.address().port)
})
