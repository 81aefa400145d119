import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { isDeepStrictEqual } from 'node:util'
import { SessionSupersededError, type Session } from 'sessera'
import type { AdapterData } from 'sessera/testing'
import { type AdapterMutant, committing, noting, opening, untouched, withCommit } from './mutant.js'

export const changeMutants: readonly AdapterMutant[] = [
  {
    name: 'notices only that another value was assigned',
    killedBy: 'a change inside a value is noticed',
    spoil: noting(
      ({ data, userId, handle, isNew }) => ({ values: { ...data } as Record<string, unknown>, userId, handle, isNew }),
      ({ commit, session, before }) => {
        const isSame = Object.entries(session.data).every(([key, value]) => before.values[key] === value)
        return isSame && session.userId === before.userId && before.handle === session.handle && !before.isNew
          ? untouched
          : commit()
      },
    ),
  },
  {
    name: 'writes whatever was only read',
    killedBy: 'reading writes nothing and sends no cookie',
    spoil: committing(({ commit, session }) => {
      if (!session.isNew) session.data.tries = (session.data.tries ?? 0) + 1
      return commit()
    }),
  },
  {
    name: 'stores the whole session over what others stored',
    killedBy: 'two requests at once keep both their values',
    spoil: committing(async ({ commit, session }) => {
      const mine = Object.keys(session.data)
      if (mine.length > 0 && !session.isNew) {
        await session.update((data) => {
          for (const key of Object.keys(data)) if (!mine.includes(key)) Reflect.deleteProperty(data, key)
        })
      }
      return commit()
    }),
  },
  {
    name: 'stores the changes of a request whose session was ended',
    killedBy: 'a slow request cannot undo a sign-out',
    spoil: noting(
      ({ isNew }) => ({ isNew }),
      async ({ commit, session, before, reopen }) => {
        const data = { ...session.data }
        const commitment = await commit()
        if (before.isNew || commitment.setCookies.length > 0) return commitment
        const again = await reopen()
        if (!again.session.isNew) return commitment
        Object.assign(again.session.data, data)
        return again.commit()
      },
    ),
  },
  {
    name: 'takes the oldest of two replaced tokens for that of a stranger',
    killedBy: 'a late request with the oldest of two replaced tokens leaves the new cookie alone',
    spoil(sessions) {
      const next = new Map<string | undefined, string>()
      return opening(async (open, cookie, facts) => {
        const opened = await open(next.has(next.get(cookie)) ? undefined : cookie, facts)
        return withCommit(opened, async (status) => {
          const commitment = await opened.commit(status)
          const [setCookie] = commitment.setCookies
          if (cookie !== undefined && setCookie !== undefined) next.set(cookie, setCookie.split(';')[0] ?? '')
          return commitment
        })
      })(sessions)
    },
  },
  {
    name: 'signs in over what others stored',
    killedBy: 'a second sign-in of the same user loses nothing of what it keeps',
    spoil: opening(async (open, cookie, facts) => {
      const opened = await open(cookie, facts)
      const { userId } = opened.session
      const before = structuredClone({ ...opened.session.data })
      return withCommit(opened, async (status) => {
        const commitment = await opened.commit(status)
        const [setCookie] = commitment.setCookies
        if (userId === undefined || opened.session.userId !== userId || setCookie === undefined) return commitment
        const again = await open(setCookie.split(';')[0], facts)
        again.session.data = before
        await again.commit()
        return commitment
      })
    }),
  },
  {
    name: 'lets a superseded request write',
    killedBy: 'a request with a token that was rotated away reads, and what it changes is refused, not lost',
    spoil(sessions) {
      let newest: string | undefined
      return opening(async (open, cookie, facts) => {
        const opened = await open(newest ?? cookie, facts)
        return {
          session: opened.session,
          onUnhandledError: (tell) => opened.onUnhandledError(tell),
          responseClosed: () => opened.responseClosed(),
          async commit(status) {
            const commitment = await opened.commit(status)
            newest = commitment.setCookies[0]?.split(';')[0] ?? newest
            return commitment
          },
        }
      })(sessions)
    },
  },
  {
    name: 'answers a change that was refused as if it had been stored',
    killedBy: 'a request with a token that was rotated away reads, and what it changes is refused, not lost',
    spoil: committing(({ commit }) =>
      Promise.resolve(commit()).catch((error: unknown) => {
        if (error instanceof SessionSupersededError) return untouched
        throw error
      }),
    ),
  },
  {
    name: 'answers an old token with the cookie that it came with',
    killedBy: 'a late answer to an old token leaves the new cookie alone',
    spoil: noting(
      ({ isNew }) => ({ isNew }),
      async ({ commit, cookie, before, reopen }) => {
        const commitment = await commit()
        const isOld = !before.isNew && (await reopen()).session.isNew
        return isOld && commitment.setCookies.length === 0
          ? { ...commitment, setCookies: [`${cookie}; Path=/`] }
          : commitment
      },
    ),
  },
  {
    name: 'merges a sign-in',
    killedBy: 'a sign-in takes nothing over that came in meanwhile',
    spoil: noting(
      ({ userId }) => ({ userId }),
      async ({ commit, session, before, reopen }) => {
        if (session.userId !== before.userId) Object.assign(session.data, { ...(await reopen()).session.data })
        return commit()
      },
    ),
  },
  {
    name: 'keeps all data when signing in',
    killedBy: 'signing in changes the token, and keeps the data that it is told to keep',
    spoil: noting(
      ({ userId, data }) => ({ userId, data: { ...data } }),
      ({ commit, session, before }) => {
        if (session.userId !== before.userId) Object.assign(session.data, before.data)
        return commit()
      },
    ),
  },
  {
    name: 'drops a sign-in that comes second',
    killedBy: 'two sign-ins from one token both hold',
    spoil: noting(
      ({ userId, isNew }) => ({ userId, isNew }),
      async ({ commit, session, before, reopen }) => {
        const isSecond = session.userId !== before.userId && !before.isNew && (await reopen()).session.isNew
        return isSecond ? untouched : commit()
      },
    ),
  },
  {
    name: 'never renews',
    killedBy: 'a renewal keeps a session alive that is only read',
    spoil: noting(viewOf, ({ commit, session, before }) =>
      before.isNew || !isDeepStrictEqual(viewOf(session), before) ? commit() : untouched,
    ),
  },
  {
    name: 'sends a cookie when it renews',
    killedBy: 'a renewal sends no cookie',
    spoil: committing(async ({ commit, session, cookie }) => {
      const renewed = listenFor('sessera:renewed', session.handle)
      const commitment = await commit()
      return (await renewed()) ? { ...commitment, setCookies: [`${cookie}; Path=/`] } : commitment
    }),
  },
  {
    name: 'fails a read because a renewal failed',
    killedBy: 'a renewal that fails does not fail its request',
    spoil: committing(async ({ commit, session }) => {
      const failed = listenFor('sessera:renewal-failed', session.handle)
      const commitment = await commit()
      if (await failed()) throw Object.assign(new Error('The renewal failed.'), { status: 503 })
      return commitment
    }),
  },
  {
    name: 'extends a session by writing it before each answer',
    killedBy: 'a renewal holds no byte back',
    spoil: committing(async ({ commit, session }) => {
      if (!session.isNew) await session.update((data) => void (data.tries = (data.tries ?? 0) + 1))
      return commit()
    }),
  },
  {
    name: 'serves an ended session from a memory of its own',
    killedBy: 'a renewal brings no signed-out session back',
    spoil(sessions) {
      const users = new Map<string, string>()
      return opening(async (open, cookie = '', facts) => {
        const opened = await open(cookie, facts)
        const { userId } = opened.session
        if (userId !== undefined) users.set(cookie, userId)
        const remembered = users.get(cookie)
        if (userId === undefined && remembered !== undefined) opened.session.signIn(remembered)
        return opened
      })(sessions)
    },
  },
]

function viewOf({ isNew, userId, handle, data }: Session<AdapterData>) {
  return { isNew, userId, handle, data: structuredClone({ ...data }) }
}

/** Whether this event comes until everything that is under way in this process is done. */
function listenFor(event: string, handle: string | undefined): () => Promise<boolean> {
  let heard = false
  const note = (message: unknown): void => {
    heard ||= (message as { handle?: string }).handle === handle
  }
  subscribe(event, note)
  return async () => {
    await new Promise((resolve) => setImmediate(resolve))
    unsubscribe(event, note)
    return heard
  }
}
