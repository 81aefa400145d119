// better-auth as its documentation has it: sessions in Redis, through its own adapter. Users and accounts are in a database; sessions are not, and
// sign-ins only read there, so each process has the same users in its memory.
import { AsyncLocalStorage } from 'node:async_hooks'
import { redisStorage } from '@better-auth/redis-storage'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { Redis } from 'ioredis'

const password = 'not a secret'
/** What the check of the password of this request waits for. */
const pausing = new AsyncLocalStorage()
const emailOf = (user) => `${user}@example.org`

/** Wraps each call to Redis, as `tappedStore` does. */
function tapped(storage, tap) {
  const calls = Object.entries(storage).map(([name, call]) => [
    name,
    async (...parameters) => {
      await tap('before', name)
      const reply = await call(...parameters)
      await tap('after', name)
      return reply
    },
  ])
  return Object.fromEntries(calls)
}

/** The database: made up as it is asked for, the same in each process. */
function usersOf(database) {
  const now = new Date(0)
  return (user) => {
    if (database.user.some(({ id }) => id === user)) return
    const times = { createdAt: now, updatedAt: now }
    database.user.push({ id: user, name: user, email: emailOf(user), emailVerified: true, ...times })
    database.account.push({
      id: user,
      accountId: user,
      providerId: 'credential',
      userId: user,
      password,
      ...times,
    })
  }
}

// Hashing takes longer than all that is looked at.
async function verify() {
  await pausing.getStore()?.()
  return true
}

export function openBetterAuth(port, tap, time) {
  const database = { user: [], account: [], session: [], verification: [] }
  const ensureUser = usersOf(database)
  const auth = betterAuth({
    baseURL: 'http://127.0.0.1',
    secret: 'a secret of at least thirty-two characters',
    database: memoryAdapter(database),
    emailAndPassword: { enabled: true, password: { hash: async (text) => text, verify } },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    secondaryStorage: tapped(redisStorage({ client: new Redis(port) }), tap),
  })
  const headersOf = (cookie) => new Headers(cookie ? { cookie, origin: 'http://127.0.0.1' } : {})
  const enders = new Map()

  async function enter(user, cookie) {
    ensureUser(user)
    const { headers } = await auth.api.signInEmail({
      body: { email: emailOf(user), password },
      headers: headersOf(cookie),
      returnHeaders: true,
    })
    return headers
      .getSetCookie()
      .map((text) => text.split(';', 1)[0])
      .find((text) => text.includes('session_token'))
  }

  async function tokenOf(user, cookie) {
    if (cookie === undefined) return undefined
    const found = await auth.api.getSession({ headers: headersOf(cookie) })
    return found?.user.id === user ? found.session.token : undefined
  }

  return {
    arrive: async (user, kind) => (kind === 'a session of the user' ? enter(user) : undefined),

    async signIn(user, cookie, pause) {
      const openingAt = await time()
      const entering = pausing.run(pause, () => enter(user, cookie))
      const opened = time()
      const result = await entering.then(
        (entered) => ({ outcome: 'signed-in', cookie: entered }),
        (error) => ({ outcome: String(error) }),
      )
      return { openingAt, openedAt: await opened, answeredAt: await time(), ...result }
    },

    async list(user) {
      return (await auth.$context).internalAdapter.listSessions(user)
    },

    async beforeEnd(user) {
      enders.set(user, await enter(user))
    },

    async end(user) {
      const headers = headersOf(enders.get(user))
      const calledAt = await time()
      await auth.api.revokeSessions({ headers })
      return { calledAt, returnedAt: await time() }
    },

    async survey(user, cookies) {
      const opened = await Promise.all(cookies.map((cookie) => tokenOf(user, cookie)))
      const listed = await (await auth.$context).internalAdapter.listSessions(user)
      const isStored = (name) => name !== undefined
      return { opened, stored: opened.filter(isStored), listed: listed.map(({ token }) => token) }
    },
  }
}
