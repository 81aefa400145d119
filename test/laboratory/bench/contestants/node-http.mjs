// node:http alone, with Redis and with the memory of the process.
import { expressSessionRoutes } from './express-session-routes.mjs'
import { nativeOptions, nativeRoutes } from './native-routes.mjs'
import { recommendedNodeRedis } from './redis-clients.mjs'
import { loadSessera } from './sessera.mjs'
import { bareRoutes } from './visitor-data.mjs'

export const contestants = {
  'http-bare': () => (request, response) => answer(bareRoutes, request, response),

  'http-native': async (settings) => {
    const { redisStore } = await loadSessera(settings.sessera, './redis')
    return nativeOn(settings, redisStore({ client: await recommendedNodeRedis(settings.redis) }))
  },

  'http-memory-native': async (settings) => {
    const { memoryStore } = await loadSessera(settings.sessera, '.')
    return nativeOn(settings, memoryStore())
  },

  'http-memory-express-session': async () => {
    const { default: session } = await import('express-session')
    const middleware = session({ secret: 'keyboard cat', resave: false, saveUninitialized: false })
    return (request, response) =>
      middleware(request, response, (error) => {
        if (error) throw error
        void answer(expressSessionRoutes, request, response, request)
      })
  },
}

async function nativeOn({ sessera }, store) {
  const { createSessions } = await loadSessera(sessera, '.')
  const { httpSessions } = await loadSessera(sessera, './http')
  return httpSessions(createSessions({ store, ...nativeOptions }), (request, response, session) =>
    answer(nativeRoutes, request, response, { session }),
  )
}

function answer(routes, { url }, response, holder) {
  const route = routes[url.slice(1)]
  if (route?.constructor.name === 'AsyncFunction') return route(holder).then((count) => respond(response, count))
  if (route) return respond(response, route(holder))
  const [, , size, name] = url.split('/')
  return respond(response, routes.start(holder, Number(size), name))
}

function respond(response, value) {
  const text = String(value)
  response.setHeader('Content-Length', text.length)
  response.end(text)
}
