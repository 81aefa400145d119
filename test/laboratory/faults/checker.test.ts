import { describe, expect, it } from 'vitest'
import { findContradictions, type Findings } from './checker.js'
import type { Kind, Operation } from './history.js'
import { latencyOf, recoveryOf, shareDone } from './timing.js'

/** One after the other, each 1 ms long, in the session 1 of ada. */
function historyOf(...steps: readonly (Partial<Operation> & { readonly kind: Kind })[]): Operation[] {
  return steps.map((step, index) => ({
    user: 'ada',
    session: 1,
    startedAt: index * 10,
    endedAt: index * 10 + 1,
    status: 200,
    ...(step.status === undefined || step.status < 400 ? { owner: 'ada' } : {}),
    ...step,
  }))
}

const signIn = { kind: 'sign-in' } as const
const read = (...elements: string[]) => ({ kind: 'read', elements }) as const
const add = (element: string) => ({ kind: 'add', element }) as const
const refused = { kind: 'read', status: 401 } as const
/** The session has gone: no owner in the answer. */
const signOut = { kind: 'sign-out', owner: undefined } as never as { readonly kind: 'sign-out' }

const nothing: Findings = {
  lostWrites: [],
  lostSessions: [],
  falseSignIns: [],
  undoneSignOuts: [],
  foreign: [],
  oddStatuses: [],
  cookiesOnFailure: [],
}

describe('the checker', () => {
  it.each([
    ['a session from its beginning to its end', [signIn, add('a'), read('a'), signOut, refused]],
    ['a failed addition that was not stored', [signIn, { ...add('a'), status: 503 }, read()]],
    ['a failed addition that was stored', [signIn, { ...add('a'), status: 503 }, read('a')]],
    ['an addition under way while it was read', [signIn, { ...add('a'), endedAt: 99 }, read()]],
    ['a sign-out that failed, and was done', [signIn, { ...signOut, status: 503 }, refused]],
    ['a sign-out that failed, and was not done', [signIn, { ...signOut, status: 503 }, read()]],
    ['a refusal while a sign-out is under way', [signIn, read(), { ...signOut, startedAt: 5, endedAt: 90 }, refused]],
    ['a rotation whose answer was lost', [signIn, { kind: 'rotate', status: 0 }, refused]],
    ['an addition refused for a secret that was rotated', [signIn, { ...add('a'), status: 409 }, read()]],
    ['a request that a sign-out overtook', [signIn, { ...read(), startedAt: 15, endedAt: 90 }, signOut]],
  ] as const)('finds nothing wrong with %s', (_, steps) => {
    expect(findContradictions(historyOf(...steps))).toEqual(nothing)
  })

  it.each([
    ['an acknowledged addition that is missing', [signIn, add('a'), add('b'), read('b')], { lostWrites: ['a'] }],
    ['one that comes back later', [signIn, add('a'), read(), read('a')], { lostWrites: ['a'] }],
    ['a session that goes without a sign-out', [signIn, read(), refused], { lostSessions: [1] }],
    ['one that goes before its sign-out', [signIn, read(), refused, signOut], { lostSessions: [1] }],
    ['a sign-in that nobody ever finds', [signIn, refused], { falseSignIns: [1] }],
    ['a session that goes on after its sign-out', [signIn, signOut, read()], { undoneSignOuts: [1] }],
    ['one that comes back after its sign-out', [signIn, signOut, refused, read()], { undoneSignOuts: [1] }],
    ['a strange status', [{ ...signIn, status: 500 }], { oddStatuses: [expect.objectContaining({ status: 500 })] }],
  ] as const)('finds %s', (_, steps, expected) => {
    expect(findContradictions(historyOf(...steps))).toEqual({ ...nothing, ...expected })
  })

  it("finds another user's session", () => {
    const history = historyOf(signIn, { ...read(), owner: 'bob' })
    expect(findContradictions(history).foreign).toEqual([history[1]])
  })

  it('finds a failure that sets a cookie', () => {
    const history = historyOf({ ...signIn, status: 503, setsCookie: true })
    expect(findContradictions(history).cookiesOnFailure).toEqual(history)
  })

  it('keeps sessions apart', () => {
    const other = historyOf(signIn, add('b'), read('b')).map((operation) => ({ ...operation, session: 2 }))
    expect(findContradictions([...historyOf(signIn, signOut), ...other])).toEqual(nothing)
  })
})

describe('the timing', () => {
  const at = (startedAt: number, status: number, took = 1): Operation => ({
    kind: 'read',
    user: 'ada',
    session: 1,
    startedAt,
    endedAt: startedAt + took,
    status,
  })
  const steadily = (from: number, to: number, status: number): Operation[] =>
    Array.from({ length: (to - from) / 10 }, (_, index) => at(from + index * 10, status))

  it('tells when the first good second after the healing begins', () => {
    const history = [...steadily(0, 1000, 200), ...steadily(1000, 3000, 503), ...steadily(3000, 5000, 200)]
    expect(recoveryOf(history, 2000, 5000)).toBe(990) // one failure of a hundred is allowed
    expect(recoveryOf(history, 3500, 5000)).toBe(0)
  })

  it('tells that there is none', () => {
    expect(recoveryOf(steadily(0, 3000, 503), 1000, 3000)).toBeUndefined()
    expect(recoveryOf(steadily(0, 3000, 200), 2500, 3000)).toBeUndefined()
  })

  it('counts refusals as done, and requests without an answer apart', () => {
    const history = [at(0, 200, 5), at(0, 401, 7), at(0, 503, 1000), at(0, 0, 8000)]
    expect(shareDone(history)).toBe(0.5)
    expect(shareDone([...history, { ...at(0, 0), isAbandoned: true }])).toBe(0.5)
    expect(latencyOf(history)).toEqual({ p50: 7, p99: 1000, slowest: 1000, unanswered: 1 })
  })
})
