// express-session with connect-redis, and Sessera in their place.
import { expressSessionRoutes } from './express-session-routes.mjs'
import { serveWithExpress } from './on-express.mjs'
import { plainIoredis, plainNodeRedis, recommendedIoredis, recommendedNodeRedis } from './redis-clients.mjs'
import { loadSessera } from './sessera.mjs'

export const contestants = {
  pair: async ({ redis }) => pairOn('connect-redis', await plainNodeRedis(redis)),
  'pair-tuned': async ({ redis }) => {
    const client = await plainNodeRedis(redis, { commandOptions: { timeout: undefined } })
    return pairOn('connect-redis', client, { disableTouch: true })
  },
  // The last version of connect-redis that takes ioredis.
  'pair-ioredis': ({ redis }) => pairOn('connect-redis8', plainIoredis(redis)),

  'drop-in': async (settings) => dropInOn(settings, await recommendedNodeRedis(settings.redis)),
  'drop-in-ioredis': async (settings) => dropInOn(settings, await recommendedIoredis(settings.redis)),
}

async function pairOn(storePackage, client, options = {}) {
  const { default: session } = await import('express-session')
  const { RedisStore } = await import(storePackage)
  return serve(session, new RedisStore({ client, ...options }))
}

async function dropInOn({ sessera }, client) {
  const { default: session } = await loadSessera(sessera, './express-session')
  const { RedisStore } = await loadSessera(sessera, './connect-redis')
  return serve(session, new RedisStore({ client }))
}

function serve(session, store) {
  const options = { secret: 'keyboard cat', resave: false, saveUninitialized: false, store }
  return serveWithExpress([session(options)], expressSessionRoutes)
}
