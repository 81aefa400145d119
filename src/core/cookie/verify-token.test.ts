import { describe, expect, it } from 'vitest'
import { newHandle } from '../../store.js'
import { makePolicy } from '../policy.js'
import { verifyToken, type Verification } from './verify-token.js'
import { encodeRecord, type RecordHead } from '../record/record.js'
import { digestOf, newToken, type Token } from './token.js'

const policy = makePolicy({ idleTimeout: 1_000, absoluteTimeout: 100_000, rotationGrace: 100 }, true)
const token = newToken()
/** The same session with another secret. */
const other = newToken(token.handle)

function headOf(changes: Partial<RecordHead> = {}): RecordHead {
  return {
    handle: token.handle,
    digest: digestOf(token, policy.cookie.name),
    createdAt: 0,
    beganAt: 0,
    lastSeenAt: 500,
    userId: '7',
    remembered: false,
    superseded: [],
    marks: '',
    ...changes,
  }
}

function verifyText(text: string, holder: Token = token, now = 600): Verification {
  return verifyToken({ text, version: 'v1' }, holder, policy, now)
}

const verifyHead = (changes: Partial<RecordHead>, holder = token, now = 600): Verification =>
  verifyText(encodeRecord(headOf(changes), '{"a":1}'), holder, now)

describe('a token', () => {
  it('that fits the record is current, and gives the record as it was stored', () => {
    expect(verifyHead({})).toEqual({
      status: 'current',
      record: { version: 'v1', head: headOf(), dataLine: '{"a":1}' },
    })
  })

  it('without a record is unknown', () => {
    expect(verifyToken(undefined, token, policy, 600)).toEqual({ status: 'unknown' })
  })

  it('with another secret is unknown', () => {
    expect(verifyHead({}, other)).toEqual({ status: 'unknown' })
  })

  it('SID-6: is unknown where what it spells is a digest', () => {
    const guessed = {
      handle: token.handle,
      text: `${token.handle}.${digestOf(token, policy.cookie.name).slice(0, 32)}`,
    }
    expect(verifyHead({}, guessed)).toEqual({ status: 'unknown' })
  })

  it('TO-3: that fits a record past its time opens nothing, though the store still has it', () => {
    expect(verifyHead({}, token, 1_499).status).toBe('current')
    expect(verifyHead({}, token, 1_500)).toEqual({ status: 'expired', userId: '7' })
    expect(verifyHead({ lastSeenAt: 99_999 }, token, 100_000)).toEqual({ status: 'expired', userId: '7' })
    expect(verifyHead({}, other, 1_500)).toEqual({ status: 'expired', userId: '7' })
  })
})

describe('a superseded secret', () => {
  const superseded = (by: 'rotate' | 'sign-in') => ({
    digest: digestOf(other, policy.cookie.name),
    superseded: [{ digest: digestOf(token, policy.cookie.name), at: 600, by }],
  })

  it('LC-5: within the grace time of a rotation still reads', () => {
    for (const now of [600, 700]) {
      expect(verifyHead(superseded('rotate'), token, now)).toMatchObject({
        status: 'rotated',
        record: { version: 'v1', head: superseded('rotate') },
      })
    }
  })

  it('LC-1: within the grace time of a sign-in reads nothing, but may end what it became', () => {
    expect(verifyHead(superseded('sign-in'), token, 700)).toMatchObject({
      status: 'replaced-by-sign-in',
      record: { version: 'v1' },
    })
  })

  it.each(['rotate', 'sign-in'] as const)('LC-5: past the grace time of a %s is reported as reused', (by) => {
    expect(verifyHead(superseded(by), token, 701)).toEqual({ status: 'reused', userId: '7' })
  })

  const twice = (first: 'rotate' | 'sign-in', second: 'rotate' | 'sign-in') => ({
    digest: digestOf(newToken(token.handle), policy.cookie.name),
    superseded: [
      { digest: digestOf(other, policy.cookie.name), at: 650, by: second },
      { digest: digestOf(token, policy.cookie.name), at: 600, by: first },
    ],
  })

  it.each([
    ['rotate', 'rotate', 'rotated', 'rotated'],
    ['sign-in', 'rotate', 'replaced-by-sign-in', 'rotated'],
    ['rotate', 'sign-in', 'replaced-by-sign-in', 'replaced-by-sign-in'],
    ['sign-in', 'sign-in', 'replaced-by-sign-in', 'replaced-by-sign-in'],
  ] as const)('of two, by %s and by %s: the first one is %s, the second one %s', (first, second, ofFirst, ofSecond) => {
    expect(verifyHead(twice(first, second), token, 700).status).toBe(ofFirst)
    expect(verifyHead(twice(first, second), other, 700).status).toBe(ofSecond)
    expect(verifyHead(twice(first, second), token, 701)).toEqual({ status: 'reused', userId: '7' })
    expect(verifyHead(twice(first, second), other, 750).status).toBe(ofSecond)
    expect(verifyHead(twice(first, second), other, 751)).toEqual({ status: 'reused', userId: '7' })
  })

  it('leaves the new secret current', () => {
    for (const now of [600, 701]) expect(verifyHead(superseded('rotate'), other, now).status).toBe('current')
  })

  it('leaves any third secret unknown', () => {
    expect(verifyHead(superseded('rotate'), newToken(token.handle))).toEqual({ status: 'unknown' })
  })
})

describe('a record that must not be used', () => {
  it('belongs to another handle, whatever its secret is', () => {
    const another = newToken()
    expect(verifyHead({ handle: another.handle, digest: digestOf(another, policy.cookie.name) })).toEqual({
      status: 'mismatch',
    })
    expect(verifyHead({ handle: newHandle() })).toEqual({ status: 'mismatch' })
  })

  it('SID-6: was copied under another handle, with the handle inside made to fit', () => {
    const thief = { handle: newHandle(), text: '' }
    const moved = { handle: thief.handle, text: thief.handle + token.text.slice(22) }
    expect(verifyHead({ handle: thief.handle }, moved)).toEqual({ status: 'unknown' })
  })

  it.each(['', 'null\n{}', '[]\n{}', '1\n{}', 'not JSON', '{"v":1}\n{}', '1 \n{}', '\0\n'])(
    'is corrupt: %j',
    (text) => {
      expect(verifyText(text)).toEqual({ status: 'unreadable', reason: 'corrupt' })
    },
  )

  it('was written by a newer version', () => {
    expect(verifyText('2 \n{}')).toEqual({ status: 'unreadable', reason: 'newer-version' })
  })

  it('is far larger than any that is written', () => {
    const head = encodeRecord(headOf(), '')
    expect(verifyText(head + 'x'.repeat(1_048_576 - head.length)).status).toBe('current')
    expect(verifyText(head + 'x'.repeat(1_048_577 - head.length))).toEqual({
      status: 'unreadable',
      reason: 'too-large',
    })
  })

  it('may be as large as the options allow', () => {
    const roomy = makePolicy({ idleTimeout: 1_000, maxDataBytes: 2_000_000 }, true)
    const text = encodeRecord(headOf(), 'x'.repeat(2_000_000))
    expect(verifyToken({ text, version: 'v1' }, token, roomy, 600).status).toBe('current')
    expect(verifyText(text)).toEqual({ status: 'unreadable', reason: 'too-large' })
  })

  it.each(['', 'A', 'é'.repeat(43), '\ud800'.repeat(43), 'A'.repeat(44)])(
    'has a digest that is none (%j), and nothing throws',
    (digest) => {
      expect(['unknown', 'unreadable']).toContain(verifyHead({ digest }).status)
      const old = { digest, at: 600, by: 'rotate' } as const
      expect(['unknown', 'unreadable']).toContain(verifyHead({ superseded: [old] }, other).status)
    },
  )
})
