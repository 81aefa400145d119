import { fastify } from 'fastify'
import { signedInUser } from 'sessera'
import { fastifySessions, requireUser } from 'sessera/fastify'
import { labelOf } from '../../fleet/visitor.js'
import { ready, sessions } from '../shop/backend.js'

const app = fastify()
await app.register(fastifySessions, { sessions })

/** A JSON body with one text. */
const bodyWith = (field: string, maxLength: number): object => ({
  body: {
    type: 'object',
    required: [field],
    properties: { [field]: { type: 'string', pattern: '\\S', maxLength } },
  },
})

app.get('/api/session', async ({ session }) => ({ user: session.userId ?? null, cart: session.data.cart ?? [] }))

app.post<{ Body: { name: string } }>('/api/session', { schema: bodyWith('name', 64) }, async (request, reply) => {
  const label = labelOf(request.headers['user-agent'])
  request.session.signIn(request.body.name, { keep: ['cart'], label }) // a real application checks a password first
  return reply.code(204).send()
})

app.delete('/api/session', async ({ session }, reply) => {
  session.end()
  return reply.code(204).send()
})

app.post<{ Body: { item: string } }>('/api/cart', { schema: bodyWith('item', 80) }, async (request, reply) => {
  await request.session.update((data) => {
    data.cart = [...(data.cart ?? []), request.body.item]
  })
  return reply.code(204).send()
})

await app.register(
  async (users) => {
    users.addHook('preHandler', requireUser())
    users.get('/', ({ session }) => sessions.user(signedInUser(session)).list({ current: session }))
    users.delete('/', async ({ session }) => ({ ended: await sessions.user(signedInUser(session)).end() }))
    users.delete('/others', async ({ session }) => ({
      ended: await sessions.user(signedInUser(session)).end({ except: session }),
    }))
  },
  { prefix: '/api/sessions' },
)

await app.listen({ port: 0, host: '127.0.0.1' })
await ready(app.server)
