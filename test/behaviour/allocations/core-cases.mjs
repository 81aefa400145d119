// The native API without a framework and without a socket.
import { createSessions, memoryStore } from 'sessera'
import { fill, malformedCookie, newCookies, signIn, unknownCookie, write } from './visitors.mjs'

const sessions = createSessions({ store: memoryStore(), cookie: { secure: false } })

async function serve(cookie, handler) {
  const opened = await sessions.open(cookie)
  handler(opened.session)
  const result = opened.commit(200)
  if ('then' in result) await result
  opened.responseClosed()
}

const lookAway = () => {}
const always = (cookie) => async () => () => serve(cookie, lookAway)
const withSession = (handler, start) => async (count) => {
  const cookies = await newCookies(sessions, count, start)
  return (visit) => serve(cookies[visit], handler)
}

export const coreCases = {
  bare: async () => async () => {},
  'no cookie': always(undefined),
  'a malformed cookie': always(malformedCookie),
  'an unknown token': always(unknownCookie),
  'looks at nothing': withSession(lookAway, fill),
  'asks who is signed in': withSession((session) => session.userId, signIn),
  'reads a value': withSession((session) => session.data.note, fill),
  'changes a value': withSession(write, fill),
}
