// A shop whose visitors sign in by Passport.
const express = require('express')
const passport = require('passport')
const { Strategy } = require('passport-local')
const { createClient } = require('redis')
const session = require('express-session')
const { RedisStore } = require('connect-redis')

const client = createClient({ url: process.env.REDIS_URL })
const users = [{ id: 1, name: 'ada', password: 'lovelace' }]

passport.use(
  new Strategy((name, password, done) => {
    const user = users.find((candidate) => candidate.name === name && candidate.password === password)
    done(null, user ?? false, { message: 'Name or password is wrong.' })
  }),
)
passport.serializeUser((user, done) => done(null, user.id))
passport.deserializeUser((id, done) => done(null, users.find((user) => user.id === id) ?? false))

const app = express()
const store = new RedisStore({ client })
app.use(
  session({
    secret: 'keyboard cat',
    store,
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 3_600_000 },
  }),
)
app.use(passport.session())
app.use(express.urlencoded({ extended: false }))

app.get('/', (request, response) => {
  const basket = request.session.basket ?? 'nothing'
  response.send(
    `${request.user?.name ?? 'A stranger'} has ${basket} in the basket, signed in: ${request.isAuthenticated()}`,
  )
})

app.post('/basket', (request, response) => {
  request.session.basket = request.body.item
  response.redirect('/')
})

const pages = { successRedirect: '/', failureRedirect: '/sign-in', failureMessage: true }
app.post('/sign-in', passport.authenticate('local', pages))
app.post('/sign-in/keeping', passport.authenticate('local', { ...pages, keepSessionInfo: true }))
app.get('/sign-in', (request, response) => response.send(request.session.messages))

app.post('/sign-out', (request, response, next) => {
  request.logout((error) => (error ? next(error) : response.redirect('/')))
})
app.post('/sign-out/keeping', (request, response, next) => {
  request.logout({ keepSessionInfo: true }, (error) => (error ? next(error) : response.redirect('/')))
})

// As forums do it for all devices of somebody, the one in hand among them.
app.post('/sign-out/everywhere', (request, response, next) => {
  store.destroy(request.sessionID, (error) => {
    if (error) return next(error)
    request.logout((error) => (error ? next(error) : response.redirect('/')))
  })
})

app.post('/sign-in/everywhere-else', (request, response, next) => {
  store.destroy(request.sessionID, (error) => {
    if (error) return next(error)
    request.login(users[0], (error) => (error ? next(error) : response.redirect('/')))
  })
})

app.post('/forget-me', (request, response, next) => {
  request.session.destroy((error) => (error ? next(error) : response.redirect('/')))
})

// What applications without Passport do when somebody signs in.
app.post('/sign-in/by-hand', (request, response, next) => {
  request.session.regenerate((error) => {
    if (error) return next(error)
    request.session.passport = { user: 1 }
    request.session.save((error) => (error ? next(error) : response.redirect('/')))
  })
})

client.connect().then(() => {
  const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
})
