import { type AdapterMutant, changing, committing, opening, spoiling, type Response } from './mutant.js'

export const cookieMutants: readonly AdapterMutant[] = [
  {
    name: 'always sends the cookie',
    killedBy: 'reading writes nothing and sends no cookie',
    spoil: committing(async ({ commit, cookie }) => {
      const { setCookies, caching } = await commit()
      return { setCookies: setCookies.length > 0 || cookie === undefined ? setCookies : [`${cookie}; Path=/`], caching }
    }),
  },
  {
    name: 'never sends the cookie',
    killedBy: 'a value that was set is there on the next request',
    spoil: changing(({ caching }) => ({ setCookies: [], caching })),
  },
  {
    name: "adopts the client's token",
    killedBy: 'a token made up by the client is never adopted',
    spoil: committing(async ({ commit, cookie }) => {
      const commitment = await commit()
      return commitment.setCookies.length > 0 && cookie !== undefined
        ? { ...commitment, setCookies: [`${cookie}; Path=/; HttpOnly`] }
        : commitment
    }),
  },
  {
    name: 'replaces other cookies',
    killedBy: "the application's own cookies are kept",
    mount: spoiling('before', (response) => {
      const { setHeader } = response
      Object.assign(response, {
        setHeader(name: string, value: unknown) {
          const isCookies = name === 'Set-Cookie' && Array.isArray(value)
          return setHeader.call(response, name, isCookies ? value.at(-1) : value)
        },
      })
    }),
  },
  {
    name: 'clears the cookie of an ended session',
    killedBy: 'a request whose session was ended elsewhere does not touch the cookie',
    spoil: committing(async ({ commit, session, cookie }) => {
      const commitment = await commit()
      return cookie !== undefined && session.isNew
        ? { ...commitment, setCookies: ['session=; Max-Age=0; Path=/'] }
        : commitment
    }),
  },
  {
    name: 'keeps the cookie after a sign-out',
    killedBy: 'signing out removes the session and the cookie',
    spoil: changing((commitment) => ({
      ...commitment,
      setCookies: commitment.setCookies.filter((setCookie) => !setCookie.includes('Max-Age=0')),
    })),
  },
  {
    name: 'clears the cookie although the sign-out failed',
    killedBy: 'a failed sign-out keeps the session and the cookie',
    mount: spoiling('before', (response) => {
      const { end } = response
      Object.assign(response, {
        end(...values: unknown[]) {
          if (response.statusCode === 503) response.setHeader('Set-Cookie', 'session=; Max-Age=0; Path=/')
          return end.apply(response, values)
        },
      })
    }),
  },
  { name: 'sends no cookie with a redirect', killedBy: 'a redirect carries the cookie', ...withoutCookie(302) },
  {
    name: 'sends no cookie with an empty response',
    killedBy: 'an empty response carries the cookie',
    ...withoutCookie(204),
  },
  { name: 'sends no cookie with "not modified"', killedBy: '"not modified" carries the cookie', ...withoutCookie(304) },
  {
    name: 'sends no cookie with a response to HEAD',
    killedBy: 'a response to HEAD carries the cookie',
    mount: spoiling('before', (response, { method }) => method === 'HEAD' && dropCookies(response)),
  },
  {
    name: 'takes a replaced token for the new one',
    killedBy: 'the token from before a sign-in no longer works',
    spoil(sessions) {
      const newest = new Map<string | undefined, string>()
      const handleOf = (cookie: string | undefined): string | undefined => /=([^.]*)\./.exec(cookie ?? '')?.[1]
      const remembering = changing((commitment) => {
        for (const setCookie of commitment.setCookies) newest.set(handleOf(setCookie), setCookie.split(';')[0] ?? '')
        return commitment
      })
      return opening((open, cookie, facts) => open(newest.get(handleOf(cookie)) ?? cookie, facts))(
        remembering(sessions),
      )
    },
  },
]

function withoutCookie(status: number): Pick<AdapterMutant, 'spoil'> {
  return {
    spoil: committing(async ({ commit, status: given }) => {
      const commitment = await commit()
      return given === status ? { ...commitment, setCookies: [] } : commitment
    }),
  }
}

function dropCookies(response: Response): void {
  const { setHeader } = response
  Object.assign(response, {
    setHeader: (name: string, value: unknown) =>
      name === 'Set-Cookie' ? response : setHeader.call(response, name, value),
  })
}
