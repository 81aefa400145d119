// One backend with both APIs on one Redis, a process of its own, forked by backends.ts: `backend.ts <port of Redis>`.
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createClient } from 'redis'
import { createSessions } from 'sessera'
import { RedisStore } from 'sessera/connect-redis'
import { expressSessions } from 'sessera/express'
import { session } from 'sessera/express-session'
import { redisStore } from 'sessera/redis'

process.once('disconnect', () => process.exit()) // whoever started it is gone

const halfAnHour = 1_800_000
const client = createClient({ url: `redis://127.0.0.1:${process.argv[2]}` })
client.on('error', () => {})
await client.connect()

const sessions = createSessions<{ views: number }>({
  store: redisStore({ client }),
  cookie: { secure: false },
  idleTimeout: halfAnHour,
})
const native = express.Router()
native.use(expressSessions(sessions))
native.get('/sign-in', (request, response) => {
  request.session.signIn('ada')
  response.end('ada')
})
native.get('/read', (request, response) => void response.end(String(request.session.userId)))
native.get('/write', (request, response) => {
  request.session.data.views = Number(request.session.data.views ?? 0) + 1
  response.end(String(request.session.userId))
})
native.get('/save', async (request, response) => {
  await request.session.update((data) => void (data.views = Number(data.views ?? 0) + 1))
  response.end(String(request.session.userId))
})
native.get('/list', async (_request, response) => void response.json(await sessions.user('ada').list()))
native.get('/end-all', async (_request, response) => void response.json(await sessions.user('ada').end()))

// A sign-in whose request is open until somebody asks for `/release`.
const gate = new EventEmitter()
let waiting = 0
native.get('/sign-in-when-released', async (request, response) => {
  waiting++
  gate.emit('waiting')
  await once(gate, 'released')
  waiting--
  request.session.signIn('ada')
  response.end('ada')
})
native.get('/until-waiting', async (_request, response) => {
  if (waiting === 0) await once(gate, 'waiting')
  response.end()
})
native.get('/release', (_request, response) => {
  gate.emit('released')
  response.end()
})

const dropIn = express.Router()
dropIn.use(
  session({
    store: new RedisStore({ client }),
    secret: 'only for tests',
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: halfAnHour },
  }) as express.RequestHandler,
)
type Values = Record<'user' | 'views', unknown> & { save(done: (error?: unknown) => void): void }
const valuesOf = (request: express.Request): Values => request.session as unknown as Values
dropIn.get('/sign-in', (request, response) => {
  valuesOf(request).user = 'ada'
  response.end('ada')
})
dropIn.get('/read', (request, response) => void response.end(String(valuesOf(request).user)))
dropIn.get('/write', (request, response) => {
  valuesOf(request).views = Number(valuesOf(request).views ?? 0) + 1
  response.end(String(valuesOf(request).user))
})
dropIn.get('/save', (request, response, next) => {
  valuesOf(request).views = Number(valuesOf(request).views ?? 0) + 1
  valuesOf(request).save((error) => (error ? next(error) : response.end(String(valuesOf(request).user))))
})

const codes: express.ErrorRequestHandler = (error: { code: string }, _request, response, _next) =>
  void response.status(500).end(error.code)
const server = createServer(express().use('/native', native).use('/drop-in', dropIn).use(codes))
server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.on('message', () => process.send?.(Date.now()))
process.send?.((server.address() as AddressInfo).port)
