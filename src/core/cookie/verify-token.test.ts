import { describe, expect, it } from 'vitest'
import { newHandle } from '../../store.js'
import { makePolicy } from '../policy.js'
import { recognise, type Recognition } from './verify-token.js'
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
    marks: [],
    ...changes,
  }
}

function recogniseText(text: string, holder: Token = token, now = 600): Recognition {
  return recognise({ text, version: 'v1' }, holder, policy, now)
}

const recogniseHead = (changes: Partial<RecordHead>, holder = token, now = 600): Recognition =>
  recogniseText(encodeRecord(headOf(changes), '{"a":1}'), holder, now)

describe('a token', () => {
  it('that fits the record is its owner, with the record as it was stored', () => {
    expect(recogniseHead({})).toEqual({
      kind: 'owner',
      known: { version: 'v1', head: headOf(), dataLine: '{"a":1}' },
    })
  })

  it('without a record is unknown', () => {
    expect(recognise(undefined, token, policy, 600)).toEqual({ kind: 'unknown' })
  })

  it('with another secret is unknown', () => {
    expect(recogniseHead({}, other)).toEqual({ kind: 'unknown' })
  })

  it('SID-6: is unknown where what it spells is a digest', () => {
    const guessed = {
      handle: token.handle,
      text: `${token.handle}.${digestOf(token, policy.cookie.name).slice(0, 32)}`,
    }
    expect(recogniseHead({}, guessed)).toEqual({ kind: 'unknown' })
  })

  it('TO-3: that fits a record past its time opens nothing, though the store still has it', () => {
    expect(recogniseHead({}, token, 1_499).kind).toBe('owner')
    expect(recogniseHead({}, token, 1_500)).toEqual({ kind: 'expired' })
    expect(recogniseHead({ lastSeenAt: 99_999 }, token, 100_000)).toEqual({ kind: 'expired' })
    expect(recogniseHead({}, other, 1_500)).toEqual({ kind: 'expired' })
  })
})

describe('a superseded secret', () => {
  const superseded = (by: 'rotate' | 'sign-in') => ({
    digest: digestOf(other, policy.cookie.name),
    superseded: [{ digest: digestOf(token, policy.cookie.name), at: 600, by }],
  })

  it('LC-5: within the grace time of a rotation still reads', () => {
    for (const now of [600, 700]) {
      expect(recogniseHead(superseded('rotate'), token, now)).toMatchObject({
        kind: 'superseded',
        known: { version: 'v1', head: superseded('rotate') },
      })
    }
  })

  it('LC-1: within the grace time of a sign-in is nobody, but may end what it became', () => {
    expect(recogniseHead(superseded('sign-in'), token, 700)).toMatchObject({
      kind: 'replaced',
      known: { version: 'v1' },
    })
  })

  it.each(['rotate', 'sign-in'] as const)('LC-5: past the grace time of a %s is told as reused', (by) => {
    expect(recogniseHead(superseded(by), token, 701)).toEqual({ kind: 'reused' })
  })

  const twice = (first: 'rotate' | 'sign-in', second: 'rotate' | 'sign-in') => ({
    digest: digestOf(newToken(token.handle), policy.cookie.name),
    superseded: [
      { digest: digestOf(other, policy.cookie.name), at: 650, by: second },
      { digest: digestOf(token, policy.cookie.name), at: 600, by: first },
    ],
  })

  it.each([
    ['rotate', 'rotate', 'superseded', 'superseded'],
    ['sign-in', 'rotate', 'replaced', 'superseded'],
    ['rotate', 'sign-in', 'replaced', 'replaced'],
    ['sign-in', 'sign-in', 'replaced', 'replaced'],
  ] as const)('of two, by %s and by %s: the first one is %s, the second one %s', (first, second, ofFirst, ofSecond) => {
    expect(recogniseHead(twice(first, second), token, 700).kind).toBe(ofFirst)
    expect(recogniseHead(twice(first, second), other, 700).kind).toBe(ofSecond)
    expect(recogniseHead(twice(first, second), token, 701)).toEqual({ kind: 'reused' })
    expect(recogniseHead(twice(first, second), other, 750).kind).toBe(ofSecond)
    expect(recogniseHead(twice(first, second), other, 751)).toEqual({ kind: 'reused' })
  })

  it('leaves the new secret the owner', () => {
    for (const now of [600, 701]) expect(recogniseHead(superseded('rotate'), other, now).kind).toBe('owner')
  })

  it('leaves any third secret unknown', () => {
    expect(recogniseHead(superseded('rotate'), newToken(token.handle))).toEqual({ kind: 'unknown' })
  })
})

describe('a record that must not be used', () => {
  it('ST-1: belongs to another handle, whatever its secret is', () => {
    const stranger = newToken()
    expect(recogniseHead({ handle: stranger.handle, digest: digestOf(stranger, policy.cookie.name) })).toEqual({
      kind: 'foreign',
    })
    expect(recogniseHead({ handle: newHandle() })).toEqual({ kind: 'foreign' })
  })

  it('SID-6: was copied under another handle, with the handle inside made to fit', () => {
    const thief = { handle: newHandle(), text: '' }
    const moved = { handle: thief.handle, text: thief.handle + token.text.slice(22) }
    expect(recogniseHead({ handle: thief.handle }, moved)).toEqual({ kind: 'unknown' })
  })

  it.each(['', 'null\n{}', '[]\n{}', '1\n{}', 'not JSON', '{"v":1}\n{}', '\0\n'])('ST-4: is corrupt: %j', (text) => {
    expect(recogniseText(text)).toEqual({ kind: 'unreadable', reason: 'corrupt' })
  })

  it('OP-2: was written by a newer version', () => {
    expect(recogniseText('{"v":2}\n{}')).toEqual({ kind: 'unreadable', reason: 'newer-version' })
  })

  it('ST-5: is far larger than any that is written', () => {
    const head = encodeRecord(headOf(), '')
    expect(recogniseText(head + 'x'.repeat(1_048_576 - head.length)).kind).toBe('owner')
    expect(recogniseText(head + 'x'.repeat(1_048_577 - head.length))).toEqual({
      kind: 'unreadable',
      reason: 'too-large',
    })
  })

  it('ST-5: may be as large as the options allow', () => {
    const roomy = makePolicy({ idleTimeout: 1_000, maxDataBytes: 2_000_000 }, true)
    const text = encodeRecord(headOf(), 'x'.repeat(2_000_000))
    expect(recognise({ text, version: 'v1' }, token, roomy, 600).kind).toBe('owner')
    expect(recogniseText(text)).toEqual({ kind: 'unreadable', reason: 'too-large' })
  })

  it.each(['', 'A', 'é'.repeat(43), '\ud800'.repeat(43), 'A'.repeat(44)])(
    'ST-4: has a digest that is none (%j), and nothing throws',
    (digest) => {
      expect(['unknown', 'unreadable']).toContain(recogniseHead({ digest }).kind)
      const old = { digest, at: 600, by: 'rotate' } as const
      expect(['unknown', 'unreadable']).toContain(recogniseHead({ superseded: [old] }, other).kind)
    },
  )
})
