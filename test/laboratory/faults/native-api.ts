import { createSessions } from 'sessera'
import { expressSessions, sessionOf } from 'sessera/express'
import { type RedisClient, redisStore } from 'sessera/redis'
import { elementsIn, type Api } from './api.js'

export function openNativeApi(client: RedisClient): Api {
  const sessions = createSessions<Record<string, string>>({ store: redisStore({ client }) })
  return {
    middleware: expressSessions(sessions),
    visit(request) {
      const session = sessionOf(sessions, request)
      return {
        user: session.userId,
        elements: () => elementsIn(session.data),
        async add(element, value, exactly) {
          if (!exactly) session.data[element] = value
          else await session.update((data) => void (data[element] = value))
        },
        signIn: (user) => session.signIn(user),
        rotate: () => session.rotate(),
        signOut: () => session.end(),
      }
    },
  }
}
