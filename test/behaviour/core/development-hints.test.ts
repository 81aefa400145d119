import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Session } from 'sessera'

type Values = { count?: number; cart?: string[] }
let warn: { readonly mock: { readonly calls: unknown[][] } }

beforeEach(() => {
  vi.resetModules() // each is told once in a process
  vi.stubEnv('NODE_ENV', 'development')
  warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const hints = (): unknown[] =>
  warn.mock.calls
    .filter(([, options]) => (options as { code?: string }).code === 'SESSERA_DEVELOPMENT_HINT')
    .map(([text]) => text)

/** Some requests, one after the other, by one visitor. */
async function visit(...handlers: readonly ((session: Session<Values>) => unknown)[]): Promise<Session<Values>> {
  const { createSessions, memoryStore } = await import('sessera')
  const sessions = createSessions<Values>({ store: memoryStore() })
  let cookie: string | undefined
  let last: Session<Values> | undefined
  for (const handler of handlers) {
    const { session, commit, responseClosed } = await sessions.open(cookie)
    await handler(session)
    const { setCookies } = await commit()
    cookie = setCookies[0]?.split(';')[0] ?? cookie
    if (handler === late) session.data.count = 2
    responseClosed()
    last = session
  }
  return last!
}
const late = (session: Session<Values>): unknown => (session.data.count = 1)
const start = (session: Session<Values>): unknown => (session.data.cart = ['tea'])

describe('while developing, one warning comes', () => {
  it('of an update that gives new data back and changes none', async () => {
    await visit(
      start,
      (session) => session.update((data) => ({ ...data, count: 7 })),
      (session) => session.update((data) => ({ ...data, count: 8 })),
    )
    expect(hints()).toEqual([expect.stringContaining('session.update() returned new data')])
  })

  it('of data that a sign-in drops in the request that has set it, by its key and not its value', async () => {
    await visit((session) => {
      session.data.cart = ['secret tea']
      session.data.count = 1
      session.signIn('ada', { keep: ['count'] })
    })
    expect(hints()).toEqual([expect.stringMatching(/drops .*\(cart\).*keep/)])
    expect(String(hints()[0])).not.toContain('tea')
  })

  it('of data that was set after the response had begun', async () => {
    await visit(late, late)
    expect(hints()).toEqual([expect.stringContaining('after the response had begun')])
  })
})

describe('no warning comes', () => {
  it.each<[what: string, ...handlers: ((session: Session<Values>) => unknown)[]]>([
    [
      'of an update that changes and hands a copy on',
      start,
      (session) => session.update((data) => ((data.count = 1), { ...data })),
    ],
    [
      'of an update that changes inside a value',
      start,
      (session) => session.update(({ cart }) => ({ size: cart!.push('x') })),
    ],
    ['of an update that only reads', start, (session) => session.update(({ cart }) => ({ size: cart!.length }))],
    [
      'of an update that hands a copy on and found nothing to do',
      start,
      (session) => session.update((data) => ({ ...data })),
    ],
    ['of a sign-in that keeps what was set', (session) => (start(session), session.signIn('ada', { keep: ['cart'] }))],
    ['of a sign-in that drops what was there before', start, (session) => session.signIn('ada')],
    ['of data that is set after the sign-in', (session) => (session.signIn('ada'), start(session))],
  ])('%s', async (_what, ...handlers) => {
    await visit(...handlers)
    expect(hints()).toEqual([])
  })

  it('in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    await visit(
      late,
      (session) => session.update((data) => ({ ...data, count: 7 })),
      (session) => {
        start(session)
        session.signIn('ada')
      },
    )
    expect(hints()).toEqual([])
  })
})
