import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { validator } from 'hono/validator'
import { signedInUser } from 'sessera'
import { honoSessions, requireUser } from 'sessera/hono'
import { labelOf, readText } from '../../fleet/visitor.js'
import { ready, sessions } from '../shop/backend.js'

/** A JSON body with one text. */
const bodyWith = (field: string, maxLength: number) =>
  validator('json', (body, c) => {
    try {
      return readText(body, field, maxLength)
    } catch (error) {
      return c.text((error as Error).message, 400)
    }
  })

const app = new Hono()
  .use(honoSessions(sessions))
  .get('/api/session', ({ json, var: { session } }) =>
    json({ user: session.userId ?? null, cart: session.data.cart ?? [] }),
  )
  .post('/api/session', bodyWith('name', 64), (c) => {
    const name = c.req.valid('json') // a real application checks a password here
    c.var.session.signIn(name, { keep: ['cart'], label: labelOf(c.req.header('user-agent')) })
    return c.body(null, 204)
  })
  .delete('/api/session', (c) => {
    c.var.session.end()
    return c.body(null, 204)
  })
  .post('/api/cart', bodyWith('item', 80), async (c) => {
    const item = c.req.valid('json')
    await c.var.session.update((data) => {
      data.cart = [...(data.cart ?? []), item]
    })
    return c.body(null, 204)
  })
  .use('/api/sessions/*', requireUser())
  .get('/api/sessions', async ({ json, var: { session } }) =>
    json(await sessions.user(signedInUser(session)).list({ current: session })),
  )
  .delete('/api/sessions', async ({ json, var: { session } }) =>
    json({ ended: await sessions.user(signedInUser(session)).end() }),
  )
  .delete('/api/sessions/others', async ({ json, var: { session } }) =>
    json({ ended: await sessions.user(signedInUser(session)).end({ except: session }) }),
  )

await ready(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }))
