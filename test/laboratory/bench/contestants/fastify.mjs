// Fastify's two libraries.
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import mgcreaSession from '@mgcrea/fastify-session'
import { RedisStore as MgcreaStore } from '@mgcrea/fastify-session-redis-store'
import { RedisStore } from 'connect-redis'
import createFastify from 'fastify'
import { expressSessionRoutes } from './express-session-routes.mjs'
import { plainIoredis, plainNodeRedis, recommendedNodeRedis } from './redis-clients.mjs'
import { loadSessera } from './sessera.mjs'
import { nativeSessions, simpleNativeRoutes } from './native-routes.mjs'
import { bareRoutes, dataOf, nobody } from './visitor-data.mjs'

const secret = 'a secret of at least thirty-two characters'

export const contestants = {
  'fastify-bare': () => serve(() => {}, bareRoutes),

  'fastify-session': ({ redis }) => fastifySessionOn(redis, {}),
  'fastify-session-fixed': ({ redis }) => fastifySessionOn(redis, { rolling: false }),

  'fastify-session-mgcrea': ({ redis }) => {
    const store = new MgcreaStore({ client: plainIoredis(redis), ttl: 86_400 })
    const plug = (application) =>
      application
        .register(fastifyCookie)
        .register(mgcreaSession, { secret, store, cookie: { maxAge: 86_400, secure: false } })
    return serve(plug, {
      start({ session }, size, name) {
        for (const [key, value] of Object.entries(dataOf(size, name))) session.set(key, value)
        session.set('userId', name)
        return name
      },
      read: ({ session }) => session.get('name') ?? nobody,
      who: ({ session }) => session.get('userId') ?? nobody,
      write({ session }) {
        const count = session.get('count') + 1
        session.set('count', count)
        return count
      },
    })
  },

  'fastify-native': async ({ redis, sessera }) => {
    const { fastifySessions } = await loadSessera(sessera, './fastify')
    const sessions = await nativeSessions(sessera, await recommendedNodeRedis(redis))
    return serve((application) => application.register(fastifySessions, { sessions }), simpleNativeRoutes)
  },
}

async function fastifySessionOn(redis, options) {
  const store = new RedisStore({ client: await plainNodeRedis(redis) })
  const settings = { secret, store, saveUninitialized: false, cookie: { secure: false }, ...options }
  const { update: _, ...routes } = expressSessionRoutes
  return serve((application) => application.register(fastifyCookie).register(fastifySession, settings), routes)
}

async function serve(plug, { start, ...routes }) {
  const application = createFastify()
  await plug(application)
  if (start) {
    application.get('/start/:size/:name', (request, reply) => {
      reply.send(String(start(request, Number(request.params.size), request.params.name)))
    })
  }
  for (const [name, answer] of Object.entries(routes)) {
    application.get(`/${name}`, (request, reply) => void reply.send(String(answer(request))))
  }
  await application.ready()
  return application.server
}
