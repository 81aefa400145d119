// Everything that is measured on Express 5. Each application answers the same routes: start, read, who, write and, where there is a
// way to it, update.
import express from 'express'
import { plainIoredis, plainNodeRedis, recommendedIoredis, recommendedNodeRedis } from './redis-clients.mjs'
import { loadSessera, nativeOptions } from './sessera.mjs'
import { dataOf, nobody } from './visitor-data.mjs'

export const contestants = {
  bare: () => serve([], { read: () => nobody, who: () => nobody, write: () => nobody, update: () => nobody }),

  pair: async ({ redis }) => pairOn(await plainNodeRedis(redis)),
  'pair-tuned': async ({ redis }) =>
    pairOn(await plainNodeRedis(redis, { commandOptions: { timeout: undefined } }), { disableTouch: true }),
  'pair-ioredis': async ({ redis }) => pairOn(plainIoredis(redis), {}, 'connect-redis8'),
  'drop-in': async (settings) => dropInOn(await recommendedNodeRedis(settings.redis), settings),
  'drop-in-ioredis': async (settings) => dropInOn(await recommendedIoredis(settings.redis), settings),
  native: async (settings) => nativeOn(await recommendedNodeRedis(settings.redis), settings),
  'native-ioredis': async (settings) => nativeOn(await recommendedIoredis(settings.redis), settings),
}

async function pairOn(client, options = {}, store = 'connect-redis') {
  const { default: session } = await import('express-session')
  const { RedisStore } = await import(store)
  return serve([session(optionsOf(new RedisStore({ client, ...options })))], expressSessionRoutes)
}

async function dropInOn(client, { sessera }) {
  const { default: session } = await loadSessera(sessera, './express-session')
  const { RedisStore } = await loadSessera(sessera, './connect-redis')
  return serve([session(optionsOf(new RedisStore({ client })))], expressSessionRoutes)
}

const optionsOf = (store) => ({ secret: 'keyboard cat', resave: false, saveUninitialized: false, store })

const expressSessionRoutes = {
  start({ session }, size, name) {
    Object.assign(session, dataOf(size, name), { userId: name })
    return name
  },
  read: ({ session }) => session.name ?? nobody,
  who: ({ session }) => session.userId ?? nobody,
  write: ({ session }) => ++session.count,
  // The nearest that express-session has. It is not atomic.
  async update(request) {
    await called((done) => request.session.reload(done))
    const count = ++request.session.count
    await called((done) => request.session.save(done))
    return count
  },
}

async function nativeOn(client, { sessera }) {
  const { createSessions } = await loadSessera(sessera, '.')
  const { expressSessions } = await loadSessera(sessera, './express')
  const { redisStore } = await loadSessera(sessera, './redis')
  return serve([expressSessions(createSessions({ store: redisStore({ client }), ...nativeOptions }))], {
    start({ session }, size, name) {
      session.signIn(name)
      Object.assign(session.data, dataOf(size, name))
      return name
    },
    read: ({ session }) => session.data.name ?? nobody,
    who: ({ session }) => session.userId ?? nobody,
    write: ({ session }) => ++session.data.count,
    async update({ session }) {
      await session.update((data) => void data.count++)
      return session.data.count
    },
  })
}

function serve(middleware, { start, ...routes }) {
  const application = express()
  for (const each of middleware) application.use(each)
  if (start)
    application.get('/start/:size/:name', async (request, response) => {
      response.send(String(await start(request, Number(request.params.size), request.params.name)))
    })
  // Not one function for those that wait and those that do not: the wait would be measured too.
  for (const [name, answer] of Object.entries(routes)) {
    const waits = answer.constructor.name === 'AsyncFunction'
    const respond = (request, response) => void response.send(String(answer(request)))
    application.get(
      `/${name}`,
      waits ? async (request, response) => response.send(String(await answer(request))) : respond,
    )
  }
  return application
}

function called(call) {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())))
}
