import type { Server } from 'node:http'
import { signedInUser, type Session } from 'sessera'
import { fetchSessions } from 'sessera/fetch'
import { serve } from 'srvx'
import { labelOf, readText } from '../../fleet/visitor.js'
import { ready, sessions } from '../shop/backend.js'

type Handler = (session: Session, request: Request) => Response | Promise<Response>

const done = (): Response => new Response(null, { status: 204 })

const userOf = (session: Session) => sessions.user(signedInUser(session))

const handlers: Readonly<Record<string, Handler>> = {
  'GET /api/session': ({ userId, data }) => Response.json({ user: userId ?? null, cart: data.cart ?? [] }),

  async 'POST /api/session'(session, request) {
    const name = readText(await request.json(), 'name', 64) // a real application checks a password here
    session.signIn(name, { keep: ['cart'], label: labelOf(request.headers.get('user-agent')) })
    return done()
  },

  'DELETE /api/session'(session) {
    session.end()
    return done()
  },

  async 'POST /api/cart'(session, request) {
    const item = readText(await request.json(), 'item', 80)
    await session.update((data) => {
      data.cart = [...(data.cart ?? []), item]
    })
    return done()
  },

  'GET /api/sessions': async (session) => Response.json(await userOf(session).list({ current: session })),

  'DELETE /api/sessions': async (session) => Response.json({ ended: await userOf(session).end() }),

  'DELETE /api/sessions/others': async (session) =>
    Response.json({ ended: await userOf(session).end({ except: session }) }),
}

const fetch = fetchSessions(sessions, (request, session) => {
  const handler = handlers[`${request.method} ${new URL(request.url).pathname}`]
  return handler ? handler(session, request) : new Response(null, { status: 404 })
})

const server = await serve({ fetch, port: 0, hostname: '127.0.0.1', silent: true }).ready()
await ready(server.node?.server as Server)
