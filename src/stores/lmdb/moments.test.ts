import { describe, expect, it } from 'vitest'
import { isRevoked, markLifetimeMs, momentAfter, nextMark } from './moments.js'

const time = 1_000_000_000_000
const hour = 3_600_000

describe('the moments of lmdbStore', () => {
  it('are what the clock shows', () => {
    expect(momentAfter(-Infinity, time)).toBe(time)
    expect(momentAfter(time - 1, time)).toBe(time)
  })

  it('are after the last mark while the clock stands still', () => {
    expect(momentAfter(time, time)).toBe(time + 1)
    expect(momentAfter(time + 3, time)).toBe(time + 4)
  })

  it('follow a clock that was set back', () => {
    expect(momentAfter(time + hour, time)).toBe(time)
  })
})

describe('the mark of a revocation', () => {
  it('is its moment, or after the mark before', () => {
    expect(nextMark(undefined, time)).toBe(time)
    expect(nextMark(time - 1, time)).toBe(time)
    expect(nextMark(time, time)).toBe(time + 1)
    expect(nextMark(time + 1, time)).toBe(time + 2)
  })

  it('follows a clock that was set back', () => {
    expect(nextMark(time + hour, time)).toBe(time)
  })
})

describe('a sign-in', () => {
  it.each([
    { what: 'without a mark', openedAt: time, mark: undefined, revoked: false },
    { what: 'opened after the mark', openedAt: time, mark: time - 1, revoked: false },
    { what: 'opened at the mark', openedAt: time, mark: time, revoked: true },
    { what: 'opened before the mark', openedAt: time - hour, mark: time, revoked: true },
    { what: 'opened a day ago', openedAt: time - markLifetimeMs, mark: undefined, revoked: true },
    { what: 'opened almost a day ago', openedAt: time - markLifetimeMs + 1, mark: undefined, revoked: false },
    { what: 'opened before a mark that was moved on', openedAt: time, mark: time + 2, revoked: true },
    { what: 'opened after a mark that was moved on', openedAt: time + 3, mark: time + 2, revoked: false },
    { what: 'after the clock was set back behind the mark', openedAt: time, mark: time + hour, revoked: false },
    { what: 'opened before the clock was set back', openedAt: time + hour, mark: time - 1, revoked: true },
    {
      what: 'opened before the clock was set back, without a mark',
      openedAt: time + hour,
      mark: undefined,
      revoked: false,
    },
  ])('$what: revoked is $revoked', ({ openedAt, mark, revoked }) => {
    expect(isRevoked(openedAt, mark, time)).toBe(revoked)
  })
})
