// The same with a server, whose own allocations and those of the client the bare case shows.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import express from 'express'
import { createSessions, memoryStore } from 'sessera'
import { expressSessions, sessionOf } from 'sessera/express'
import { httpSessions } from 'sessera/http'
import { fill, malformedCookie, newCookies, note, signIn, unknownCookie, write } from './visitors.mjs'

const expressSession = createRequire(import.meta.url)('sessera/express-session')

/** `httpSessions` on `node:http`. */
export async function httpCases() {
  const sessions = newSessions()
  const visit = await serve(
    httpSessions(sessions, ({ url }, response, session) => {
      handlers[url]?.(session)
      response.end('ok')
    }),
  )
  return nativeCases(sessions, visit, await serve((_request, response) => response.end('ok')))
}

/** `expressSessions` on Express. */
export async function expressCases() {
  const sessions = newSessions()
  const answering = (app, handle) =>
    app.use((request, response) => {
      handle(request)
      response.end('ok')
    })
  const app = answering(express().use(expressSessions(sessions)), (request) =>
    handlers[request.url]?.(sessionOf(sessions, request)),
  )
  return nativeCases(sessions, await serve(app), await serve(answering(express(), () => {})))
}

const newSessions = () => createSessions({ store: memoryStore(), cookie: { secure: false } })

const handlers = {
  '/who': (session) => session.userId,
  '/read': (session) => session.data.note,
  '/write': write,
}

function nativeCases(sessions, visit, visitBare) {
  const withSession = (path, start) => async (count) => {
    const cookies = await newCookies(sessions, count, start)
    return (number) => visit(path, cookies[number])
  }
  return {
    bare: async () => () => visitBare('/'),
    'no cookie': async () => () => visit('/'),
    'a malformed cookie': async () => () => visit('/', malformedCookie),
    'an unknown token': async () => () => visit('/', unknownCookie),
    'looks at nothing': withSession('/', fill),
    'asks who is signed in': withSession('/who', signIn),
    'reads a value': withSession('/read', fill),
    'changes a value': withSession('/write', fill),
  }
}

/** The drop-in on `node:http`. */
export async function dropInCases() {
  const middleware = expressSession({ secret: 'keyboard cat', resave: false, saveUninitialized: false })
  const visit = await serve((request, response) =>
    middleware(request, response, () => {
      dropInHandlers[request.url]?.(request.session)
      response.end('ok')
    }),
  )
  const visitBare = await serve((_request, response) => response.end('ok'))
  const withSession = (path) => async (count) => {
    const cookies = []
    for (let each = 0; each < count; each++) cookies.push(/^Set-Cookie: ([^;]+)/im.exec(await visit('/fill'))[1])
    return (number) => visit(path, cookies[number])
  }
  return {
    bare: async () => () => visitBare('/'),
    'no cookie': async () => () => visit('/'),
    'a malformed cookie': async () => () => visit('/', 'connect.sid=s%3Aa.b'),
    'looks at nothing': withSession('/'),
    'reads a value': withSession('/read'),
    'changes a value': withSession('/write'),
  }
}

const dropInHandlers = {
  '/fill': (session) => void (session.note = note('x')),
  '/read': (session) => session.note,
  '/write': (session) => void (session.note = note('y')),
}

/** Starts a server, and resolves to a function that sends it a request over the one connection and resolves to the response. */
async function serve(listener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect(server.address().port, '127.0.0.1').setEncoding('latin1').setNoDelay()
  let response = ''
  let answered
  socket.on('data', (chunk) => {
    response += String(chunk)
    if (!response.endsWith('ok')) return
    answered(response)
    response = ''
  })
  return (path, cookie) =>
    new Promise((resolve) => {
      answered = resolve
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${cookie === undefined ? '' : `Cookie: ${cookie}\r\n`}\r\n`,
      )
    })
}
