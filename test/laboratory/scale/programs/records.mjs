// How a session gets into Redis in each of the forms that are measured, through the code that requests go through.
import { randomBytes } from 'node:crypto'
import { dataOf } from './data.mjs'
import { loadPair, openNative } from './libraries.mjs'

/** The name of a user: 10 characters. */
export const userOf = (number) => `user-${String(number % 100_000).padStart(5, '0')}`

/** Writers by form. They store session `number` with `bytes` of data; the native ones return the cookie that opens it. */
export const writers = {
  pair: (client) => writePairRecords('pair', client),
  'drop-in': (client) => writePairRecords('drop-in', client),
  anonymous: (client) => writeNativeRecords(client, { signsIn: false }),
  'signed-in': (client) => writeNativeRecords(client, { signsIn: true }),
  changed: writeChangedRecords,
}

/** As express-session stores it, with the attributes of a usual cookie, and the user beside the data. */
function writePairRecords(name, client) {
  const { session, RedisStore } = loadPair(name)
  const store = new RedisStore({ client })
  return async (number, bytes) => {
    const record = new session.Session({ sessionStore: store, sessionID: randomBytes(24).toString('base64url') })
    record.cookie = new session.Cookie({ secure: true, sameSite: 'lax', maxAge: 86_400_000 })
    Object.assign(record, dataOf(bytes, number), { user: userOf(number) })
    await store.set(record.id, record)
  }
}

function writeNativeRecords(client, { signsIn }) {
  const sessions = openNative(client)
  return async (number, bytes) => {
    const { session, commit } = await sessions.open(undefined)
    if (signsIn) session.signIn(userOf(number))
    Object.assign(session.data, dataOf(bytes, number))
    return cookieIn(await commit())
  }
}

/** Signed in, and changed by a later request, as most sessions are that live for a while. */
function writeChangedRecords(client) {
  const sessions = openNative(client)
  const write = writeNativeRecords(client, { signsIn: true })
  return async (number, bytes) => {
    const cookie = await write(number, bytes)
    const { session, commit } = await sessions.open(cookie)
    session.data.visits -= 1
    if (session.data.visits < 100) session.data.visits = 999
    await commit()
    return cookie
  }
}

function cookieIn({ setCookies: [setCookie] }) {
  return setCookie.split(';', 1)[0]
}
