import { createSessions, SesseraError, type Session, type Sessions } from 'sessera'
import { redisStore, type RedisClient } from 'sessera/redis'
import { keptCookie } from '../../support/kept-cookie.js'
import type { AskTime, EndReport, Kind, SignInReport, Subject, SubjectChoice, Survey } from './subject.js'
import { tappedStore, type Tap } from './tapped-store.js'

interface Data {
  note?: string
}

const outcomes: Readonly<Record<string, string>> = { SIGN_IN_REVOKED: 'revoked', SESSION_LIMIT: 'limit' }

export function openSessera(
  client: RedisClient,
  tap: Tap,
  time: AskTime,
  limit: SubjectChoice['limit'],
): { readonly subject: Subject; readonly sessions: Sessions<Data> } {
  const store = tappedStore(redisStore({ client }), tap)
  // A busy machine must not look like an outage.
  const sessions = createSessions<Data>({ store, deadline: '20s', ...limit })

  async function visit(cookie: string | undefined, handler: (session: Session<Data>) => unknown): Promise<string> {
    const { session, commit } = await sessions.open(cookie)
    await handler(session)
    return cookieAfter(cookie, await commit(200))
  }

  async function signIn(user: string, cookie: string | undefined, pause: () => Promise<void>): Promise<SignInReport> {
    const openingAt = await time()
    const { session, commit } = await sessions.open(cookie)
    const opened = time() // not awaited: an application would not
    await pause()
    const result = await outcomeOf(async () => {
      session.signIn(user)
      return cookieAfter(cookie, await commit(200))
    })
    return { openingAt, openedAt: await opened, answeredAt: await time(), ...result }
  }

  async function namesIn(user: string): Promise<readonly string[]> {
    const names = new Set<string>()
    let after: string | undefined
    do {
      const page = await sessions.list({ after })
      for (const { handle, userId } of page.sessions) if (userId === user) names.add(handle)
      after = page.after
    } while (after !== undefined)
    return [...names]
  }

  const subject: Subject = {
    async arrive(user: string, kind: Kind) {
      if (kind === 'nothing') return undefined
      const signsIn = kind === 'a session of the user'
      return visit(undefined, (session) => (signsIn ? session.signIn(user) : (session.data.note = 'mine')))
    },
    signIn,
    list: (user) => sessions.user(user).list(),
    beforeEnd: async () => {},
    async end(user): Promise<EndReport> {
      const calledAt = await time()
      await sessions.user(user).end()
      return { calledAt, returnedAt: await time() }
    },
    async survey(user, cookies): Promise<Survey> {
      const opening = cookies.map(async (cookie) => {
        const { session } = await sessions.open(cookie)
        return session.userId === user ? session.handle : undefined
      })
      const listed = await sessions.user(user).list()
      return {
        opened: await Promise.all(opening),
        stored: await namesIn(user),
        listed: listed.map(({ handle }) => handle),
      }
    },
  }
  return { subject, sessions }
}

function cookieAfter(cookie: string | undefined, { setCookies }: { readonly setCookies: readonly string[] }): string {
  return setCookies.map(keptCookie).findLast((kept) => kept !== undefined) ?? cookie ?? ''
}

async function outcomeOf(work: () => Promise<string>): Promise<Pick<SignInReport, 'outcome' | 'cookie'>> {
  try {
    return { outcome: 'signed-in', cookie: await work() }
  } catch (error) {
    const known = SesseraError.is(error) ? outcomes[error.code] : undefined
    return { outcome: known ?? String(error) }
  }
}
