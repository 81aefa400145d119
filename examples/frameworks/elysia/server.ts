import { Elysia, t } from 'elysia'
import type { Server } from 'node:http'
import { signedInUser } from 'sessera'
import { elysiaSessions, requireUser } from 'sessera/elysia'
import { serve } from 'srvx'
import { labelOf } from '../../fleet/visitor.js'
import { ready, sessions } from '../shop/backend.js'

const { wrap, derive } = elysiaSessions(sessions)

const text = (maxLength: number) => t.String({ pattern: '\\S', maxLength })

/** Elysia's own 204 has a body, which Node's responses refuse. */
const done = () => new Response(null, { status: 204 })

const app = new Elysia({ prefix: '/api' })
  .wrap(wrap)
  .derive({ as: 'global' }, derive)
  .get('/session', ({ session }) => ({ user: session.userId ?? null, cart: session.data.cart ?? [] }))
  .post(
    '/session',
    ({ session, body, headers }) => {
      const label = labelOf(headers['user-agent'])
      session.signIn(body.name, { keep: ['cart'], label }) // a real application checks a password first
      return done()
    },
    { body: t.Object({ name: text(64) }) },
  )
  .delete('/session', ({ session }) => {
    session.end()
    return done()
  })
  .post(
    '/cart',
    async ({ session, body }) => {
      await session.update((data) => {
        data.cart = [...(data.cart ?? []), body.item]
      })
      return done()
    },
    { body: t.Object({ item: text(80) }) },
  )
  .guard({ beforeHandle: requireUser() }, (users) =>
    users
      .get('/sessions', ({ session }) => sessions.user(signedInUser(session)).list({ current: session }))
      .delete('/sessions', async ({ session }) => ({ ended: await sessions.user(signedInUser(session)).end() }))
      .delete('/sessions/others', async ({ session }) => ({
        ended: await sessions.user(signedInUser(session)).end({ except: session }),
      })),
  )

const server = await serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', silent: true }).ready()
await ready(server.node?.server as Server)
