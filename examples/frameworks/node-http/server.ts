import { createServer, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { signedInUser, type Session } from 'sessera'
import { httpSessions } from 'sessera/http'
import { labelOf, readText } from '../../fleet/visitor.js'
import { ready, sessions } from '../shop/backend.js'

/** What a handler returns is sent as JSON; nothing is a 204. */
type Handler = (session: Session, request: IncomingMessage) => unknown

const userOf = (session: Session) => sessions.user(signedInUser(session))

const handlers: Readonly<Record<string, Handler>> = {
  'GET /api/session': ({ userId, data }) => ({ user: userId ?? null, cart: data.cart ?? [] }),

  async 'POST /api/session'(session, request) {
    const name = readText(await json(request), 'name', 64) // a real application checks a password here
    session.signIn(name, { keep: ['cart'], label: labelOf(request.headers['user-agent']) })
  },

  'DELETE /api/session': (session) => session.end(),

  async 'POST /api/cart'(session, request) {
    const item = readText(await json(request), 'item', 80)
    await session.update((data) => {
      data.cart = [...(data.cart ?? []), item]
    })
  },

  'GET /api/sessions': (session) => userOf(session).list({ current: session }),

  'DELETE /api/sessions': async (session) => ({ ended: await userOf(session).end() }),

  'DELETE /api/sessions/others': async (session) => ({ ended: await userOf(session).end({ except: session }) }),
}

const server = createServer(
  httpSessions(sessions, async (request, response, session) => {
    const handler = handlers[`${request.method} ${request.url}`]
    const answer = handler && (await handler(session, request))
    if (answer === undefined) response.writeHead(handler ? 204 : 404).end()
    else response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
  }),
)

await ready(server.listen(0, '127.0.0.1'))
