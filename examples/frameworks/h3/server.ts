import { H3, noContent, readValidatedBody, serve } from 'h3'
import type { Server } from 'node:http'
import { signedInUser } from 'sessera'
import { h3Sessions, requireUser } from 'sessera/h3'
import { labelOf, readText } from '../../fleet/visitor.js'
import { ready, sessions } from '../shop/backend.js'

const app = new H3()
  .use(h3Sessions(sessions))
  .get('/api/session', ({ context: { session } }) => ({
    user: session.userId ?? null,
    cart: session.data.cart ?? [],
  }))
  .post('/api/session', async (event) => {
    const name = await readValidatedBody(event, (body) => readText(body, 'name', 64))
    const label = labelOf(event.req.headers.get('user-agent'))
    event.context.session.signIn(name, { keep: ['cart'], label }) // a real application checks a password first
    return noContent()
  })
  .delete('/api/session', ({ context }) => {
    context.session.end()
    return noContent()
  })
  .post('/api/cart', async (event) => {
    const item = await readValidatedBody(event, (body) => readText(body, 'item', 80))
    await event.context.session.update((data) => {
      data.cart = [...(data.cart ?? []), item]
    })
    return noContent()
  })
  .use('/api/sessions/**', requireUser())
  .get('/api/sessions', ({ context: { session } }) => sessions.user(signedInUser(session)).list({ current: session }))
  .delete('/api/sessions', async ({ context: { session } }) => ({
    ended: await sessions.user(signedInUser(session)).end(),
  }))
  .delete('/api/sessions/others', async ({ context: { session } }) => ({
    ended: await sessions.user(signedInUser(session)).end({ except: session }),
  }))

const server = await serve(app, { port: 0, hostname: '127.0.0.1', silent: true }).ready()
await ready(server.node?.server as Server)
