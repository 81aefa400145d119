// @hono/session.
import { createAdaptorServer } from '@hono/node-server'
import { useSession, useSessionStorage } from '@hono/session'
import { Hono } from 'hono'
import { nativeSessions, simpleNativeRoutes } from './native-routes.mjs'
import { plainNodeRedis, recommendedNodeRedis } from './redis-clients.mjs'
import { loadSessera } from './sessera.mjs'
import { dataOf, nobody } from './visitor-data.mjs'

export const contestants = {
  'hono-bare': () => serve(new Hono().get('/:path', (context) => context.text(nobody))),

  'hono-session': async ({ redis }) => {
    const client = await plainNodeRedis(redis)
    const storage = {
      get: async (id) => JSON.parse(await client.get(`session:${id}`)),
      set: (id, data) => client.set(`session:${id}`, JSON.stringify(data), { EX: 86_400 }),
      delete: (id) => client.del(`session:${id}`),
    }
    const application = new Hono()
    application.use(useSessionStorage(storage), useSession({ secret: '0123456789abcdef0123456789abcdef' }))
    application.get('/start/:size/:name', async (context) => {
      const { size, name } = context.req.param()
      await context.var.session.update({ ...dataOf(Number(size), name), userId: name })
      return context.text(name)
    })
    application.get('/read', async (context) => context.text((await context.var.session.get())?.name ?? nobody))
    application.get('/who', async (context) => context.text((await context.var.session.get())?.userId ?? nobody))
    application.get('/write', async (context) => {
      await context.var.session.update((data) => ({ ...data, count: data.count + 1 }))
      return context.text(String(context.var.session.data.count))
    })
    return serve(application)
  },

  'hono-native': async ({ redis, sessera }) => {
    const { honoSessions } = await loadSessera(sessera, './hono')
    const sessions = await nativeSessions(sessera, await recommendedNodeRedis(redis))
    const application = new Hono().use(honoSessions(sessions))
    const { start, ...routes } = simpleNativeRoutes
    application.get('/start/:size/:name', (context) => {
      const { size, name } = context.req.param()
      return context.text(start(context.var, Number(size), name))
    })
    for (const [name, answer] of Object.entries(routes)) {
      application.get(`/${name}`, (context) => context.text(String(answer(context.var))))
    }
    return serve(application)
  },
}

function serve({ fetch }) {
  return createAdaptorServer({ fetch })
}
