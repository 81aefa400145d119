// koa-session.
import Koa from 'koa'
import koaSession from 'koa-session'
import { nativeSessions, simpleNativeRoutes } from './native-routes.mjs'
import { plainNodeRedis, recommendedNodeRedis } from './redis-clients.mjs'
import { loadSessera } from './sessera.mjs'
import { bareRoutes, dataOf, nobody } from './visitor-data.mjs'

export const contestants = {
  'koa-bare': () => serve(new Koa(), bareRoutes),

  'koa-session': async ({ redis }) => {
    const client = await plainNodeRedis(redis)
    const store = {
      get: async (key) => JSON.parse(await client.get(key)),
      set: (key, session, maxAge) => client.set(key, JSON.stringify(session), { PX: maxAge }),
      destroy: (key) => client.del(key),
    }
    const application = new Koa()
    application.keys = ['a secret']
    application.use(koaSession({ store }, application))
    return serve(application, {
      start({ session }, size, name) {
        Object.assign(session, dataOf(size, name), { userId: name })
        return name
      },
      read: ({ session }) => session.name ?? nobody,
      who: ({ session }) => session.userId ?? nobody,
      write: ({ session }) => ++session.count,
    })
  },

  'koa-native': async ({ redis, sessera }) => {
    const { koaSessions } = await loadSessera(sessera, './koa')
    const sessions = await nativeSessions(sessera, await recommendedNodeRedis(redis))
    return serve(new Koa().use(koaSessions(sessions)), simpleNativeRoutes)
  },
}

function serve(application, { start, ...routes }) {
  application.use((context) => {
    const [, path, size, name] = context.path.split('/')
    context.body = String(path === 'start' ? start(context, Number(size), name) : routes[path](context))
  })
  return application.callback()
}
