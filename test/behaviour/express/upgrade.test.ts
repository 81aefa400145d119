import { once } from 'node:events'
import { createServer, request as ask, type IncomingMessage } from 'node:http'
import express from 'express'
import { createSessions } from 'sessera'
import { expressSessions, sessionOf } from 'sessera/express'
import { expect, it } from 'vitest'
import { openBrowser } from '../../../src/testing/browser.js'
import { listenInTest } from '../../support/listen-in-test.js'

it('a request to upgrade has its session, without a response, and stores what it stores itself', async () => {
  const sessions = createSessions<{ theme?: string; seen?: number }>({ cookie: { secure: false } })
  const withSession = expressSessions(sessions)
  const app = express()
  app.use(withSession)
  app.get('/dark', (request, response) => {
    sessionOf(sessions, request).data.theme = 'dark'
    response.end()
  })
  app.get('/look', (request, response) => void response.json(sessionOf(sessions, request).data))
  const server = createServer(app)
  server.on('upgrade', (request, socket) => {
    withSession(request, {}, () => {
      const session = sessionOf(sessions, request)
      void session
        .update((data) => void (data.seen = 1))
        .then(() => {
          const head = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: echo']
          socket.end([...head, `X-Theme: ${session.data.theme}`, '', ''].join('\r\n'))
        })
    })
  })
  const { origin } = await listenInTest(server)
  const browser = openBrowser(origin)
  await browser.visit('/dark')

  const headers = { Cookie: browser.cookies(), Connection: 'Upgrade', Upgrade: 'echo' }
  const [answer] = (await once(ask(origin, { headers }).end(), 'upgrade')) as [IncomingMessage]
  answer.socket.destroy()
  expect(answer.headers['x-theme']).toBe('dark')
  expect(JSON.parse((await browser.visit('/look')).body)).toEqual({ theme: 'dark', seen: 1 })
})
