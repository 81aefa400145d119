import { describe, expect, it } from 'vitest'
import { InvalidOptionError } from '../errors.js'
import type { SessionsOptions } from '../options.js'
import { memoryStore } from '../stores/memory.js'
import { newHandle } from '../store.js'
import { absoluteDeadline, expiresAt, isAlive, makePolicy, needsRenewal, timeoutsFor } from './policy.js'
import type { RecordHead } from './record/record.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

function refusedOption(options: Record<string, unknown>): string | undefined {
  try {
    makePolicy(options, false)
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError)
    return (error as InvalidOptionError).option
  }
}

describe('the policy', () => {
  it('has safe defaults', () => {
    expect(makePolicy({}, true)).toMatchObject({
      usual: { idleMs: 30 * minute, absoluteMs: 12 * hour },
      remembered: { idleMs: 14 * day, absoluteMs: 90 * day },
      rotationGraceMs: 10_000,
      deadlineMs: 1_000,
      maxDataBytes: 65_536,
      cookie: { name: '__Host-session', secure: true },
    })
  })

  it('takes what it is given', () => {
    const policy = makePolicy(
      {
        store: memoryStore(),
        idleTimeout: '5m',
        absoluteTimeout: '1h',
        remember: { idleTimeout: '1d', absoluteTimeout: '2d' },
        rotationGrace: 500,
        deadline: '250ms',
        maxDataBytes: 1_000,
        cookie: { name: 'app' },
      },
      true,
    )
    expect(policy).toMatchObject({
      usual: { idleMs: 5 * minute, absoluteMs: hour },
      remembered: { idleMs: day, absoluteMs: 2 * day },
      rotationGraceMs: 500,
      deadlineMs: 250,
      maxDataBytes: 1_000,
      cookie: { name: 'app' },
    })
  })

  it('remembers writes for longer than a writer may look for them', () => {
    for (const deadline of [1, 1_000, 60_000]) {
      const { markLifetimeMs, deadlineMs } = makePolicy({ deadline }, true)
      expect(markLifetimeMs).toBeGreaterThan(2 * deadlineMs)
    }
  })

  it('shortens the default idle timeout to a short absolute one', () => {
    const { usual, remembered } = makePolicy({ absoluteTimeout: '5m', remember: { absoluteTimeout: '1d' } }, true)
    expect(usual).toEqual({ idleMs: 5 * minute, absoluteMs: 5 * minute })
    expect(remembered).toEqual({ idleMs: day, absoluteMs: day })
  })

  it('CK-1: has a cookie without Secure for development only, with the attributes that do not need Secure', () => {
    expect(makePolicy({}, true).developmentCookie).toBeUndefined()
    expect(makePolicy({ cookie: { secure: false } }, false).developmentCookie).toBeUndefined()
    expect(makePolicy({}, false).developmentCookie?.set('v')).toBe('session=v; Path=/; HttpOnly; SameSite=Lax')
    const cookie = { name: '__Secure-app', path: '/a', domain: 'example.org', partitioned: true } as const
    expect(makePolicy({ cookie: { ...cookie, sameSite: 'none' } }, false).developmentCookie?.set('v')).toBe(
      'app=v; Path=/a; HttpOnly; SameSite=Lax',
    )
    expect(makePolicy({ cookie: { name: 'shop' } }, false).developmentCookie?.name).toBe('shop-dev')
    expect(makePolicy({ cookie: { sameSite: 'strict' } }, false).developmentCookie?.set('v')).toBe(
      'session=v; Path=/; HttpOnly; SameSite=Strict',
    )
  })
})

describe('a wrong option', () => {
  const durations = ['idleTimeout', 'absoluteTimeout', 'rotationGrace', 'deadline']
  it.each(durations)('TO-5: %s must be a duration', (name) => {
    for (const value of [0, -1, NaN, Infinity, 2 ** 53, 0.5, '', '30', '30x', '-5s', true, {}]) {
      expect(refusedOption({ [name]: value })).toBe(name)
    }
  })

  it.each(['idleTimeout', 'absoluteTimeout'])('TO-5: remember.%s must be a duration', (name) => {
    for (const value of [0, -1, NaN, '30x', {}]) {
      expect(refusedOption({ remember: { [name]: value } })).toBe(`remember.${name}`)
    }
  })

  it.each([
    [{ absoluteTimeout: 400 * day + 1 }, 'absoluteTimeout'],
    [{ remember: { absoluteTimeout: '401d' } }, 'remember.absoluteTimeout'],
    [{ idleTimeout: '13h' }, 'idleTimeout'],
    [{ idleTimeout: 1_001, absoluteTimeout: 1_000 }, 'idleTimeout'],
    [{ remember: { idleTimeout: '91d' } }, 'remember.idleTimeout'],
    [{ deadline: 2 ** 31 }, 'deadline'],
    ...[0, 1, -1, 1.5, NaN, Infinity, '100', null].map((value) => [{ maxDataBytes: value }, 'maxDataBytes'] as const),
    [{ secret: 'x' }, 'secret'],
    [{ idleTimeOut: '30m' }, 'idleTimeOut'],
    [JSON.parse('{"__proto__":1}') as object, '__proto__'],
    [{ cookie: { name: 'a b' } }, 'cookie.name'],
    [{ cookie: { httpOnly: false } }, 'cookie.httpOnly'],
    [{ cookie: null }, 'cookie'],
    [{ remember: { idle: '1d' } }, 'remember.idle'],
    [{ remember: null }, 'remember'],
    [{ remember: '14d' }, 'remember'],
    ...[null, 1, 'redis://localhost', {}, () => {}, new Map()].map((store) => [{ store }, 'store'] as const),
  ] as [Record<string, unknown>, string][])('TO-5: %j is refused by its name (%s)', (options, option) => {
    expect(refusedOption(options)).toBe(option)
  })

  it.each([
    { absoluteTimeout: '400d' },
    { idleTimeout: 1_000, absoluteTimeout: 1_000 },
    { deadline: 2 ** 31 - 1 },
    { maxDataBytes: 2 },
    { idleTimeout: undefined, remember: undefined, cookie: undefined, store: undefined },
  ])('is not %j', (options) => {
    expect(refusedOption(options)).toBeUndefined()
  })

  it.each([null, 'redis://localhost', 1])('is %j instead of options', (options) => {
    expect(() => makePolicy(options as never, false)).toThrow(InvalidOptionError)
  })

  it('says which options there are', () => {
    expect(() => makePolicy({ ttl: 1 } as SessionsOptions, false)).toThrow(
      /Option ttl is not known; .*idleTimeout.*cookie/,
    )
  })

  it.each(['now', 'load', 'insert', 'replace', 'remove', 'close'])('names the verb that a store lacks: %s', (verb) => {
    const store = { ...memoryStore(), [verb]: undefined }
    expect(() => makePolicy({ store }, false)).toThrow(`Option store is not a session store: it has no ${verb}()`)
  })
})

describe('the life of a session', () => {
  const policy = makePolicy({ idleTimeout: 1_000, absoluteTimeout: 10_000, remember: { idleTimeout: 50_000 } }, true)
  const head: RecordHead = {
    handle: newHandle(),
    digest: '',
    createdAt: 0,
    beganAt: 100,
    lastSeenAt: 500,
    remembered: false,
    superseded: [],
    marks: '',
  }
  const remembered = { ...head, remembered: true }

  it('TO-1: ends when it was idle for the idle timeout', () => {
    expect(expiresAt(policy, head)).toBe(1_500)
    expect(isAlive(policy, head, 1_499)).toBe(true)
    expect(isAlive(policy, head, 1_500)).toBe(false)
  })

  it('TO-2: ends at the absolute deadline however much it is used', () => {
    const used = { ...head, lastSeenAt: 10_099 }
    expect(absoluteDeadline(policy, used)).toBe(10_100)
    expect(expiresAt(policy, used)).toBe(10_100)
    expect(isAlive(policy, used, 10_099)).toBe(true)
    expect(isAlive(policy, used, 10_100)).toBe(false)
    expect(isAlive(policy, { ...head, lastSeenAt: 99_999 }, 99_999)).toBe(false)
  })

  it('TO-4: a sign-in starts the absolute timeout anew, a use only the idle one', () => {
    expect(absoluteDeadline(policy, { ...head, beganAt: 5_000 })).toBe(15_000)
    const used = { ...head, lastSeenAt: 5_000 }
    expect(absoluteDeadline(policy, used)).toBe(10_100)
  })

  it('TO-3: a remembered one has timeouts of its own', () => {
    expect(timeoutsFor(policy, head)).toBe(policy.usual)
    expect(timeoutsFor(policy, remembered)).toBe(policy.remembered)
    expect(expiresAt(policy, remembered)).toBe(50_500)
    expect(absoluteDeadline(policy, remembered)).toBe(100 + 90 * day)
  })

  it('TO-6: is renewed once a tenth of the idle timeout has passed', () => {
    expect(needsRenewal(policy, head, 500)).toBe(false)
    expect(needsRenewal(policy, head, 599)).toBe(false)
    expect(needsRenewal(policy, head, 600)).toBe(true)
    expect(needsRenewal(policy, remembered, 5_499)).toBe(false)
    expect(needsRenewal(policy, remembered, 5_500)).toBe(true)
  })

  it('TO-7: is alive, and needs no renewal, for a clock that is behind the last sight', () => {
    expect(isAlive(policy, head, 0)).toBe(true)
    expect(needsRenewal(policy, head, 0)).toBe(false)
  })
})
