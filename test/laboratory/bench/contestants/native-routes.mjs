import { dataOf, nobody } from './visitor-data.mjs'

/** What a native application gives to createSessions. Not over HTTPS, as the load comes. */
export const nativeOptions = { cookie: { secure: false } }

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
