import { loadSessera } from './sessera.mjs'
import { dataOf, nobody } from './visitor-data.mjs'

/** What a native application gives to createSessions. Not over HTTPS, as the load comes. */
export const nativeOptions = { cookie: { secure: false } }

/** Sessions in Redis, as a native application makes them. */
export async function nativeSessions(sessera, client) {
  const { createSessions } = await loadSessera(sessera, '.')
  const { redisStore } = await loadSessera(sessera, './redis')
  return createSessions({ store: redisStore({ client }), ...nativeOptions })
}

/** How an application uses the native session. */
export const nativeRoutes = {
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
}

/** Those that answer at once. */
export const { update: _, ...simpleNativeRoutes } = nativeRoutes
