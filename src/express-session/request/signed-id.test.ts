import { describe, expect, it } from 'vitest'
import type { SessionRequest } from './request.js'
import { findId, signId } from './signed-id.js'

const deprecate = (): void => {}
const secret = 'keyboard cat'
const signed = 's:apple.D8Y+pkTAmeR0PobOhY4G97PRW+j7bUnP/5m6/On1MCU'
const request = (cookie?: string | string[], more?: Partial<SessionRequest>): SessionRequest => ({
  headers: { cookie },
  ...more,
})

describe('a signed id', () => {
  it('equals the published example', () => {
    expect(signId('apple', secret)).toBe(signed)
  })

  it.each(['apple', 'a.b.c', 'ä', 's:apple', signed])('round-trips: %j', (id) => {
    const cookie = `connect.sid=${encodeURIComponent(signId(id, secret))}`
    expect(findId(request(cookie), 'connect.sid', [secret], deprecate)).toBe(id)
  })

  it('is verified with each of the secrets', () => {
    const cookie = `connect.sid=${encodeURIComponent(signed)}`
    expect(findId(request(cookie), 'connect.sid', ['other', secret], deprecate)).toBe('apple')
    expect(findId(request(cookie), 'connect.sid', ['other'], deprecate)).toBeUndefined()
    expect(findId(request(cookie), 'connect.sid', [], deprecate)).toBeUndefined()
  })

  it('is rejected if one character of it has changed', () => {
    for (let index = 0; index < signed.length; index++) {
      const changed = signed.slice(0, index) + (signed[index] === 'x' ? 'y' : 'x') + signed.slice(index + 1)
      const cookie = `connect.sid=${encodeURIComponent(changed)}`
      expect([changed, findId(request(cookie), 'connect.sid', [secret], deprecate)]).toEqual([changed, undefined])
    }
  })

  it.each([[undefined], [''], [['connect.sid=1']]])('is not found in the header %j', (cookie) => {
    expect(findId(request(cookie), 'connect.sid', [secret], deprecate)).toBeUndefined()
  })

  it.each([{ user: 'ada' }, 1, true, null, ['s:apple']])(
    'is not taken from a cookie that cookie-parser parsed to %j',
    (value) => {
      const parsed = { 'connect.sid': value }
      const given = request(undefined, { cookies: parsed, signedCookies: parsed })
      expect(findId(given, 'connect.sid', [secret], deprecate)).toBeUndefined()
    },
  )
})
