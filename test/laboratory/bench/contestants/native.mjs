// Sessera's native API on Express.
import { nativeRoutes, nativeSessions } from './native-routes.mjs'
import { serveWithExpress } from './on-express.mjs'
import { recommendedIoredis, recommendedNodeRedis } from './redis-clients.mjs'
import { loadSessera } from './sessera.mjs'

export const contestants = {
  native: async (settings) => nativeOn(settings, await recommendedNodeRedis(settings.redis)),
  'native-ioredis': async (settings) => nativeOn(settings, await recommendedIoredis(settings.redis)),
}

async function nativeOn({ sessera }, client) {
  const { expressSessions } = await loadSessera(sessera, './express')
  const sessions = await nativeSessions(sessera, client)
  return serveWithExpress([expressSessions(sessions)], nativeRoutes)
}
