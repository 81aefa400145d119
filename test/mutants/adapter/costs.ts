import { type AdapterMutant, committing, listenFor, opening, spoiling } from './mutant.js'

/**
 * Each does what a good adapter does, with one store call more. They look at no session that its handler did not read, which other
 * cases would notice.
 */
export const costMutants: readonly AdapterMutant[] = [
  {
    name: 'decodes the cookie before it opens the session',
    killedBy: 'a malformed cookie causes no store call',
    spoil: opening((open, cookie, facts) => open(cookie && decodeURIComponent(cookie), facts)),
  },
  {
    name: 'looks an unknown token up again',
    killedBy: 'a well-formed token that nobody has costs one load',
    spoil: committing(async ({ commit, session, cookie, reopen }) => {
      const commitment = await commit()
      if (commitment.caching === 'private' && cookie !== undefined && session.isNew) await reopen()
      return commitment
    }),
  },
  {
    name: 'asks after each response whether the user is still signed in',
    killedBy: 'a request that only asks who is signed in costs one load',
    spoil: committing(async ({ commit, session, reopen }) => {
      const commitment = await commit()
      if (commitment.caching === 'private' && session.userId !== undefined) await reopen()
      return commitment
    }),
  },
  {
    name: 'opens the session for each chunk',
    killedBy: 'a streamed response costs one load, however many chunks it has',
    mount: (sessions) =>
      spoiling('before', (response, { headers }) => {
        const { write } = response
        response.write = (...values) => {
          sessions.open(headers.cookie).catch(() => {})
          return write.apply(response, values)
        }
      })(sessions),
  },
  {
    name: 'loads an anonymous session again once it has changed',
    killedBy: 'a change costs one load and one write',
    spoil(sessions) {
      const known = new Map<string | undefined, string>()
      return committing(async ({ commit, session, cookie, reopen }) => {
        const { setCookies, caching } = await commit()
        if (caching === 'untouched' || session.userId !== undefined) return { setCookies, caching }
        const data = JSON.stringify(session.data)
        if (data !== (known.get(cookie) ?? data)) await reopen()
        known.set(setCookies[0]?.split(';')[0] ?? cookie, data)
        return { setCookies, caching }
      })(sessions)
    },
  },
  {
    name: 'loads the session again after its renewal',
    killedBy: 'a renewal costs one load and one write',
    spoil: committing(async ({ commit, cookie, reopen }) => {
      const renewed = listenFor('sessera:renewed', /=([^.]*)\./.exec(cookie ?? '')?.[1])
      const commitment = await commit()
      if (await renewed()) await reopen()
      return commitment
    }),
  },
  {
    name: 'gives a visitor an anonymous session before the one that is signed in',
    killedBy: 'signing in costs one write if the visitor had no session',
    spoil: committing(async ({ commit, session, cookie, reopen }) => {
      const commitment = await commit()
      if (cookie !== undefined || commitment.caching === 'untouched' || session.userId === undefined) return commitment
      const { session: anonymous, commit: store } = await reopen()
      anonymous.data.tries = 0
      await store()
      return commitment
    }),
  },
  {
    name: 'looks whether the token from before a sign-in is still valid',
    killedBy: 'signing in costs one load and one write if the visitor had an anonymous session',
    spoil: committing(async ({ commit, session, cookie, reopen }) => {
      const commitment = await commit()
      const isSignIn = commitment.caching === 'no-store' && session.userId !== undefined
      if (isSignIn && cookie !== undefined) await reopen()
      return commitment
    }),
  },
  {
    name: 'looks whether a session that was signed out is gone',
    killedBy: 'signing out costs one load and one removal',
    spoil: committing(async ({ commit, reopen }) => {
      const commitment = await commit()
      if (commitment.setCookies.some((setCookie) => setCookie.includes('Max-Age=0'))) await reopen()
      return commitment
    }),
  },
]
