// An application on Fastify, whose sessions are typed by augmenting SessionData. Compiled and never run.
import { fastify } from 'fastify'
import { createSessions } from 'sessera'
import { fastifySessions, requireUser } from 'sessera/fastify'

declare module 'sessera' {
  interface SessionData {
    visits: number
  }
}

const app = fastify()
void app.register(fastifySessions, { sessions: createSessions() })
app.get('/', { preHandler: requireUser() }, async (request) => {
  const visits: number | undefined = request.session.data.visits
  request.session.data.visits = (visits ?? 0) + 1
  // @ts-expect-error not a key of the data
  request.session.data.basket = []
  // @ts-expect-error a number
  request.session.data.visits = 'many'
  return request.session.userId ?? null
})
