// Libraries that keep the data in the cookie, on Express.
import cookieSession from 'cookie-session'
import { getIronSession } from 'iron-session'
import { serveWithExpress } from './on-express.mjs'
import { dataOf, nobody } from './visitor-data.mjs'

const password = 'a password of at least thirty-two characters'

export const contestants = {
  'cookie-session': () =>
    serveWithExpress([cookieSession({ keys: [password] })], {
      start({ session }, size, name) {
        Object.assign(session, dataOf(size, name), { userId: name })
        return name
      },
      read: ({ session }) => session.name ?? nobody,
      who: ({ session }) => session.userId ?? nobody,
      write: ({ session }) => ++session.count,
    }),

  'iron-session': () =>
    serveWithExpress([], {
      async start(request, size, name, response) {
        const session = await ironSession(request, response)
        Object.assign(session, dataOf(size, name), { userId: name })
        await session.save()
        return name
      },
      read: async (request, response) => (await ironSession(request, response)).name ?? nobody,
      who: async (request, response) => (await ironSession(request, response)).userId ?? nobody,
      async write(request, response) {
        const session = await ironSession(request, response)
        session.count++
        await session.save()
        return session.count
      },
    }),
}

function ironSession(request, response) {
  return getIronSession(request, response, { password, cookieName: 'iron', cookieOptions: { secure: false } })
}
