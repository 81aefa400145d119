// One backend whose visitors sign in by Passport, a process of its own: `passport-backend.ts <port of Redis>`.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import { createClient } from 'redis'
import { RedisStore } from 'sessera/connect-redis'
import { session } from 'sessera/express-session'
import { requireFrom } from '../../support/packages.js'

type Done = (error: unknown, user?: unknown) => void

interface Passport {
  use(strategy: object): void
  serializeUser(find: (user: { readonly id: number }, done: Done) => void): void
  deserializeUser(find: (id: number, done: Done) => void): void
  session(): RequestHandler
  authenticate(name: string, options: object): RequestHandler
}

const load = requireFrom('compatibility')
const passport = load('passport') as Passport
const { Strategy } = load('passport-local') as {
  Strategy: new (check: (name: string, password: string, done: Done) => void) => object
}
passport.use(new Strategy((name, password, done) => done(null, password === 'right' && { id: Number(name) })))
passport.serializeUser((user, done) => done(null, user.id))
passport.deserializeUser((id, done) => done(null, { id }))

const client = createClient({ url: `redis://127.0.0.1:${process.argv[2]}` })
client.on('error', () => {})
await client.connect()

const middleware = session({
  store: new RedisStore({ client }),
  secret: 'only for tests',
  resave: false,
  saveUninitialized: false,
  userId: ({ passport }) => (passport as { user?: number } | undefined)?.user,
  maxSessionsPerUser: (id) => (id === '9' ? 2 : Infinity),
})
const its = middleware.sessions

type SignedIn = Request & { user?: { readonly id: number }; logout(done: (error?: unknown) => void): void }
const userOf = (request: Request): number => (request as SignedIn).user?.id ?? 0

const app = express()
app.use(middleware, passport.session(), express.urlencoded({ extended: false }))
app.post('/sign-in', passport.authenticate('local', { successRedirect: '/', failureRedirect: '/failed' }))
app.post('/sign-in/keeping', passport.authenticate('local', { successRedirect: '/', keepSessionInfo: true }))
app.post('/sign-out', (request, response, next) => {
  ;(request as SignedIn).logout((error) => (error ? next(error) : response.redirect('/')))
})
app.get('/', (request, response) => void response.json(userOf(request)))
app.get('/sessions', async (request, response) => {
  const current = (request as unknown as { session: object }).session
  response.json(await its.user(userOf(request)).list({ current }))
})
app.post('/end', async (request, response) => {
  response.json(await its.user(userOf(request)).end(String(request.body.handle)))
})
app.post('/end-all', async (request, response) => void response.json(await its.user(userOf(request)).end()))
app.use(
  (error: Error & { status?: number; code?: string }, _request: Request, response: Response, _next: NextFunction) => {
    response.status(error.status ?? 500).send(error.code ?? String(error))
  },
)

const server = createServer(app).listen(0, '127.0.0.1')
await once(server, 'listening')
process.once('disconnect', () => process.exit()) // whoever started it is gone
process.send?.((server.address() as AddressInfo).port)
