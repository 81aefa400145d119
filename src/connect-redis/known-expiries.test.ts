import { expect, it } from 'vitest'
import { knownExpiries } from './known-expiries.js'

function open() {
  let now = 1_000_000
  const expiries = knownExpiries(() => now)
  return { ...expiries, pass: (ms: number) => void (now += ms), now: () => now }
}

const dayMs = 86_400_000

it('an expiry is known for a minute, and then must be asked for again', () => {
  const { learn, endOf, pass, now } = open()
  expect(endOf('a')).toBeUndefined()
  const endsAt = learn('a', dayMs)
  expect(endsAt).toBe(now() + dayMs)
  pass(59_999)
  expect(endOf('a')).toBe(endsAt)
  pass(1)
  expect(endOf('a')).toBeUndefined()
})

it('a short one is known for a twentieth of what was left', () => {
  const { learn, endOf, pass } = open()
  learn('a', 20_000)
  pass(999)
  expect(endOf('a')).toBeDefined()
  pass(1)
  expect(endOf('a')).toBeUndefined()
})

it('that there is none is known, too', () => {
  const { learn, endOf, pass } = open()
  expect(learn('a', Infinity)).toBe(Infinity)
  pass(59_999)
  expect(endOf('a')).toBe(Infinity)
  pass(1)
  expect(endOf('a')).toBeUndefined()
})

it('one that is over is not known', () => {
  const { learn, endOf, now } = open()
  expect(learn('a', 0)).toBe(now())
  expect(endOf('a')).toBeUndefined()
})

it('what is learnt last counts, and what is forgotten is not known', () => {
  const { learn, endOf, forget, now } = open()
  learn('a', dayMs)
  learn('a', 60_000)
  learn('b', 60_000)
  expect(endOf('a')).toBe(now() + 60_000)
  forget('a')
  expect([endOf('a'), endOf('b')]).toEqual([undefined, now() + 60_000])
})

it('of many sessions only the last are known, and what is learnt again is not replaced by what was known before', () => {
  const { learn, endOf, forget, now } = open()
  learn('old', dayMs)
  learn('again', dayMs)
  for (let count = 0; count < 10_000; count += 1) learn(`first ${count}`, dayMs)
  expect(endOf('old')).toBe(now() + dayMs)
  learn('again', 60_000)
  for (let count = 0; count < 10_000; count += 1) learn(`second ${count}`, dayMs)
  expect(endOf('old')).toBeUndefined()
  expect(endOf('again')).toBe(now() + 60_000)
  forget('again')
  expect(endOf('again')).toBeUndefined()
})
