// Everything that is measured on node:http alone, with Redis and with the memory of the process.
import { recommendedNodeRedis } from './redis-clients.mjs'
import { loadSessera, nativeOptions } from './sessera.mjs'
import { dataOf, nobody } from './visitor-data.mjs'

export const contestants = {
  'http-bare': () => (_request, response) => respond(response, nobody),
  'http-memory-express-session': async () => {
    const { default: session } = await import('express-session')
    const middleware = session({ secret: 'keyboard cat', resave: false, saveUninitialized: false })
    return (request, response) =>
      middleware(request, response, (error) => {
        if (error) throw error
        respond(response, answer(request.url, request.session, expressSession))
      })
  },
  'http-memory-native': async ({ sessera }) => nativeOn(await memoryStoreOf(sessera), sessera),
  'http-native': async ({ sessera, redis }) => {
    const { redisStore } = await loadSessera(sessera, './redis')
    return nativeOn(redisStore({ client: await recommendedNodeRedis(redis) }), sessera)
  },
}

async function memoryStoreOf(sessera) {
  const { memoryStore } = await loadSessera(sessera, '.')
  return memoryStore()
}

async function nativeOn(store, sessera) {
  const { createSessions } = await loadSessera(sessera, '.')
  const { httpSessions } = await loadSessera(sessera, './http')
  return httpSessions(createSessions({ store, ...nativeOptions }), (request, response, session) => {
    if (request.url !== '/update') return respond(response, answer(request.url, session, native))
    return session.update((data) => void data.count++).then(() => respond(response, session.data.count))
  })
}

function respond(response, answer) {
  const text = String(answer)
  response.setHeader('Content-Length', text.length)
  response.end(text)
}

const expressSession = {
  dataOf: (session) => session,
  who: (session) => session.userId,
  signIn: (session, name) => (session.userId = name),
}

const native = {
  dataOf: (session) => session.data,
  who: (session) => session.userId,
  signIn: (session, name) => session.signIn(name),
}

function answer(path, session, access) {
  if (path === '/read') return access.dataOf(session).name ?? nobody
  if (path === '/who') return access.who(session) ?? nobody
  if (path === '/write') return ++access.dataOf(session).count
  const [, , size, name] = path.split('/')
  access.signIn(session, name)
  Object.assign(access.dataOf(session), dataOf(Number(size), name))
  return name
}
