import { describe, expect, it } from 'vitest'
import { Session } from '../api/session.js'
import { onlyRemoves, valuesJson } from './session-values.js'

const sessionWith = (values: object): Session => new Session({ sessionID: 'apple' }, values)

describe('the values of a session', () => {
  it('do not include the cookie', () => {
    expect(valuesJson({ cookie: { path: '/' }, user: 'ada', nested: { cookie: 1 } })).toBe(
      '{"user":"ada","nested":{"cookie":1}}',
    )
    expect(valuesJson(sessionWith({ cookie: {}, user: 'ada' }))).toBe('{"user":"ada"}')
    expect(valuesJson({})).toBe('{}')
  })

  it('leave out what has no JSON form, and keep the order', () => {
    expect(valuesJson({ method() {}, missing: undefined, b: 1, a: 2 })).toBe('{"b":1,"a":2}')
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
  ])('name the value that cannot be stored: %s', (_what, make) => {
    expect(() => valuesJson({ fine: 1, wrong: make({}) })).toThrow(
      expect.objectContaining({ code: 'DATA_NOT_ENCODABLE', path: 'wrong' }),
    )
  })
})

describe('a change that only removes values', () => {
  const whole = {
    passport: { user: 7, at: [1, 2, { deep: true }] },
    cart: ['tea'],
    loggedIn: true,
    flash: { info: ['a', 'b'] },
  }

  it.each<[string, object]>([
    ['nothing', whole],
    ['everything', {}],
    ['a key', { passport: whole.passport, cart: ['tea'], loggedIn: true }],
    ['a nested key, leaving an empty object', { ...whole, passport: {} }],
    ['a deeper key', { ...whole, passport: { user: 7, at: [1, 2, {}] } }],
    ['a part of a list', { ...whole, cart: [], flash: { info: ['b'] } }],
    ['values, by null', { ...whole, passport: null, loggedIn: null }],
    ['a flag', { ...whole, loggedIn: false }],
  ])('removes %s', (_what, rest) => {
    expect(onlyRemoves(JSON.stringify(whole), JSON.stringify(rest))).toBe(true)
  })

  it.each<[string, object]>([
    ['another value', { ...whole, passport: { user: 8 } }],
    ['an additional value', { passport: { by: 'x' } }],
    ['a new key', { user: 7 }],
    ['a longer list', { cart: ['tea', 'tea'] }],
    ['another order', { flash: { info: ['b', 'a'] } }],
    ['another kind of value', { cart: { 0: 'tea' } }],
    ['a list for an object', { passport: [] }],
    ['a new object', { loggedIn: {} }],
    ['a flag set', { ...whole, other: true }],
  ])('does not result in %s', (_what, rest) => {
    expect(onlyRemoves(JSON.stringify(whole), JSON.stringify(rest))).toBe(false)
  })
})
