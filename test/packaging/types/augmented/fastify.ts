// In the program of application.ts, whose SessionData hold here too. Compiled and never run.
import { fastify, type FastifyReply, type FastifyRequest } from 'fastify'
import { createSessions, type Session } from 'sessera'
import {
  blockedRequest,
  fastifySessions,
  requireRecentSignIn,
  requireUser,
  resumeBlockedRequest,
  returnPath,
  sessionOf,
  type BlockedRequest,
} from 'sessera/fastify'
import { check, type Equals } from '../equals.js'

const sessions = createSessions()
const app = fastify({ trustProxy: true })
await app.register(fastifySessions, { sessions, onOutage: 'anonymous', renew: ({ url }) => url !== '/poll' })

app.post('/cart', async (request, reply) => {
  check<Equals<typeof request.session, Session>>()
  check<Equals<typeof request.session.data.cart, string[] | undefined>>()
  // @ts-expect-error the cart may be missing
  request.session.data.cart.push('pear')
  // @ts-expect-error not a key of the data
  request.session.data.basket = []
  // @ts-expect-error who is signed in is changed by signIn and end
  request.session = null
  return reply.code(204).send()
})

// Guards leave the types of a route as they are.
app.get<{ Params: { order: string }; Querystring: { page?: string } }>(
  '/orders/:order',
  { preHandler: [requireUser({ redirectTo: '/login' }), requireRecentSignIn('10m')] },
  async (request) => {
    check<Equals<typeof request.params, { order: string }>>()
    check<Equals<typeof request.session, Session>>()
    return request.params.order
  },
)
app.addHook('preHandler', requireUser())

app.post('/confirm', async (request, reply) => {
  request.session.signIn('alice', { keep: ['blockedRequest'] })
  check<Equals<ReturnType<typeof blockedRequest>, BlockedRequest | undefined>>()
  if (blockedRequest(request) === undefined) return reply.redirect(returnPath(request))
  return resumeBlockedRequest(request, reply, '/home')
})

app.setErrorHandler(async (_error, request: FastifyRequest, reply: FastifyReply) => {
  check<Equals<typeof request.session, Session>>()
  return reply.send({})
})

// In a context of its own.
const visits = createSessions<{ visits: number }>()
await app.register(async (area) => {
  await area.register(fastifySessions, { sessions: visits })
  area.get('/visits', async (request) => {
    check<Equals<ReturnType<typeof sessionOf<{ visits: number }>>, Session<{ visits: number }>>>()
    return sessionOf(visits, request).data.visits ?? 0
  })
})

// @ts-expect-error whose sessions?
await app.register(fastifySessions)
// @ts-expect-error trustProxy says which requests are secure
await app.register(fastifySessions, { sessions, isSecure: () => true })
// @ts-expect-error the request has no `pathname`
await app.register(fastifySessions, { sessions, renew: ({ pathname }) => pathname !== '/poll' })
// @ts-expect-error not a duration
requireRecentSignIn('soon')
// @ts-expect-error not an option
requireUser({ redirect: '/login' })
