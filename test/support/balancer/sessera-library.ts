import { createSessions } from 'sessera'
import { expressSessions, sessionOf } from 'sessera/express'
import { type RedisClient, redisStore } from 'sessera/redis'
import type { Data, SessionLibrary } from './shop.js'

export function openSessera(client: RedisClient): SessionLibrary {
  // The deadline is for a computer that is busy with other things: here only what is stored counts, not how fast.
  const sessions = createSessions<Data>({ store: redisStore({ client }), deadline: '30s' })
  return {
    middleware: expressSessions(sessions),
    sessionOf: (request) => sessionOf(sessions, request),
    close: () => sessions.close(),
  }
}
