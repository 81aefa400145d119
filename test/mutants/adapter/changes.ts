import { isDeepStrictEqual } from 'node:util'
import { SessionSupersededError, type Session } from 'sessera'
import type { AdapterData } from 'sessera/testing'
import { type AdapterMutant, committing, listenFor, noting, opening, untouched, withCommit } from './mutant.js'

export const changeMutants: readonly AdapterMutant[] = [
  {
    name: 'notices assigned values only',
    killedBy: 'a change inside a value is saved',
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
    name: 'lets parts of a handler overwrite one another',
    killedBy: 'parts of a handler that run at the same time all keep their changes',
    spoil: opening(async (open, cookie, facts) => {
      const opened = await open(cookie, facts)
      const { data } = opened.session
      const update = async (change: (data: AdapterData) => void): Promise<void> => {
        const copy = structuredClone({ ...data })
        await new Promise((resolve) => setImmediate(resolve))
        change(copy)
        Object.assign(data, copy)
      }
      Object.defineProperty(opened.session, 'update', { value: update })
      return opened
    }),
  },
  {
    name: 'writes what was only read',
    killedBy: 'reading writes nothing and sends no cookie',
    spoil: committing(({ commit, session }) => {
      if (!session.isNew) session.data.tries = (session.data.tries ?? 0) + 1
      return commit()
    }),
  },
  {
    name: 'saves the whole session over concurrent changes',
    killedBy: 'two concurrent requests both keep their changes',
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
    name: 'saves the changes of a request whose session has ended',
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
    name: 'takes the oldest of two replaced tokens for an unknown one',
    killedBy: 'a late request with the oldest of two replaced tokens does not replace the new cookie',
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
    name: 'signs in over concurrent changes',
    killedBy: 'a second sign-in of the same user loses no change to the data it keeps',
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
    killedBy: 'a request with a token that was rotated away can read, and its changes are refused with a 409',
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
    name: 'reports a refused change as saved',
    killedBy: 'a request with a token that was rotated away can read, and its changes are refused with a 409',
    spoil: committing(({ commit }) =>
      Promise.resolve(commit()).catch((error: unknown) => {
        if (error instanceof SessionSupersededError) return untouched
        throw error
      }),
    ),
  },
  {
    name: 'responds to an old token with its own cookie',
    killedBy: 'a late response to an old token does not replace the new cookie',
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
    killedBy: 'a sign-in takes over no data from a concurrent request',
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
    killedBy: 'signing in changes the token, and keeps only the data that `keep` names',
    spoil: noting(
      ({ userId, data }) => ({ userId, data: { ...data } }),
      ({ commit, session, before }) => {
        if (session.userId !== before.userId) Object.assign(session.data, before.data)
        return commit()
      },
    ),
  },
  {
    name: 'drops the second of two sign-ins',
    killedBy: 'two sign-ins from one token both succeed',
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
    killedBy: 'a session that is only read is renewed and stays alive',
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
    killedBy: 'a failed renewal does not fail the request',
    spoil: committing(async ({ commit, session }) => {
      const failed = listenFor('sessera:renewal-failed', session.handle)
      const commitment = await commit()
      if (await failed()) throw Object.assign(new Error('The renewal failed.'), { status: 503 })
      return commitment
    }),
  },
  {
    name: 'renews by writing the session before each response',
    killedBy: 'a response does not wait for the renewal',
    spoil: committing(async ({ commit, session }) => {
      if (!session.isNew) await session.update((data) => void (data.tries = (data.tries ?? 0) + 1))
      return commit()
    }),
  },
  {
    name: 'serves an ended session from its own cache',
    killedBy: 'a renewal does not bring a signed-out session back',
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
