import { describe, expect, it } from 'vitest'
import { Session } from '../api/session.js'
import { adopt, lineOf, onlyRemoves } from './session-line.js'

const sessionWith = (values: object): Session => new Session({ sessionID: 'apple' }, values)

describe('the line of a session', () => {
  it('is its values without the cookie', () => {
    expect(lineOf({ cookie: { path: '/' }, user: 'ada', nested: { cookie: 1 } })).toBe(
      '{"user":"ada","nested":{"cookie":1}}',
    )
    expect(lineOf(sessionWith({ cookie: {}, user: 'ada' }))).toBe('{"user":"ada"}')
    expect(lineOf({})).toBe('{}')
  })

  it('does not see what has no form in JSON, but the order of the rest', () => {
    expect(lineOf({ method() {}, missing: undefined, b: 1, a: 2 })).toBe('{"b":1,"a":2}')
  })

  it.each([
    ['a cycle', (cycle: Record<string, unknown>) => Object.assign(cycle, { cycle })],
    ['a BigInt', () => 1n],
    [
      'a toJSON that throws',
      () => ({
        toJSON() {
          throw new Error('no')
        },
      }),
    ],
  ])('says which of the values cannot be stored: %s', (_what, make) => {
    expect(() => lineOf({ fine: 1, wrong: make({}) })).toThrow(
      expect.objectContaining({ code: 'DATA_NOT_ENCODABLE', path: 'wrong' }),
    )
  })
})

describe('a session that others have changed meanwhile', () => {
  const adoptInto = (values: object, base: object, theirs: object) => {
    const session = sessionWith({ cookie: {}, ...values })
    const conflicts = adopt(session, { line: lineOf(base) }, theirs)
    return { values: lineOf(session), conflicts }
  }

  it.each([
    ['gets what they have added', { a: 1 }, { a: 1 }, { a: 1, b: 2 }, { a: 1, b: 2 }],
    ['loses what they have removed', { a: 1, b: 2 }, { a: 1, b: 2 }, { a: 1 }, { a: 1 }],
    ['gets what they have changed', { a: 1 }, { a: 1 }, { a: 2 }, { a: 2 }],
    ['keeps what it has added', { a: 1, mine: 1 }, { a: 1 }, { a: 1, theirs: 2 }, { a: 1, mine: 1, theirs: 2 }],
    ['keeps what it has changed', { a: 2 }, { a: 1 }, { a: 1, b: 2 }, { a: 2, b: 2 }],
    ['stays without what it has removed', {}, { a: 1 }, { a: 1, b: 2 }, { b: 2 }],
    ['has no conflict where both did the same', { a: 2 }, { a: 1 }, { a: 2 }, { a: 2 }],
  ])('%s', (_what, mine, base, theirs, expected) => {
    const { values, conflicts } = adoptInto(mine, base, { cookie: { path: '/theirs' }, ...theirs })
    expect(JSON.parse(values)).toEqual(expected)
    expect(conflicts).toEqual([])
  })

  it.each([
    ['changed', { a: 'mine' }, { a: 'base' }, { a: 'theirs' }, { a: 'mine' }],
    ['added', { a: 'mine' }, {}, { a: 'theirs' }, { a: 'mine' }],
    ['changed and they removed', { a: 'mine' }, { a: 'base' }, {}, { a: 'mine' }],
    ['removed and they changed', {}, { a: 'base' }, { a: 'theirs' }, {}],
  ])('keeps its own of what it has %s too, and says so', (_what, mine, base, theirs, expected) => {
    const { values, conflicts } = adoptInto(mine, base, theirs)
    expect(JSON.parse(values)).toEqual(expected)
    expect(conflicts).toEqual(['a'])
  })

  it('keeps its cookie, its id and its methods', () => {
    const session = sessionWith({ cookie: { path: '/mine' } })
    adopt(
      session,
      { line: '{}' },
      JSON.parse('{"cookie":{},"id":1,"save":2,"toString":3,"__proto__":{"admin":true}}') as object,
    )
    expect(session).toMatchObject({ id: 'apple', cookie: { path: '/mine' } })
    for (const name of ['save', 'toString'] as const)
      expect(session[name]).toBe(Reflect.get(Session.prototype, name) as unknown)
    expect(Object.getPrototypeOf(session)).toBe(Session.prototype)
    expect('admin' in session).toBe(false)
  })
})

describe('taking values away', () => {
  const whole = {
    passport: { user: 7, at: [1, 2, { deep: true }] },
    cart: ['tea'],
    loggedIn: true,
    flash: { info: ['a', 'b'] },
  }

  it.each<[string, object]>([
    ['nothing at all', whole],
    ['all', {}],
    ['a key', { passport: whole.passport, cart: ['tea'], loggedIn: true }],
    ['a key further in, with an empty object left', { ...whole, passport: {} }],
    ['one further in yet', { ...whole, passport: { user: 7, at: [1, 2, {}] } }],
    ['a part of a list', { ...whole, cart: [], flash: { info: ['b'] } }],
    ['a part, by null', { ...whole, passport: null, loggedIn: null }],
    ['a flag', { ...whole, loggedIn: false }],
  ])('is taking away %s', (_what, rest) => {
    expect(onlyRemoves(JSON.stringify(whole), JSON.stringify(rest))).toBe(true)
  })

  it.each<[string, object]>([
    ['another value', { ...whole, passport: { user: 8 } }],
    ['one value more', { passport: { by: 'x' } }],
    ['a new key', { user: 7 }],
    ['a longer list', { cart: ['tea', 'tea'] }],
    ['another order', { flash: { info: ['b', 'a'] } }],
    ['another kind of value', { cart: { 0: 'tea' } }],
    ['a list for an object', { passport: [] }],
    ['an object where there was none', { loggedIn: {} }],
    ['a flag set', { ...whole, other: true }],
  ])('is not leaving %s', (_what, rest) => {
    expect(onlyRemoves(JSON.stringify(whole), JSON.stringify(rest))).toBe(false)
  })
})
