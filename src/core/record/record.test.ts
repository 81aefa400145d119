import { describe, expect, it } from 'vitest'
import { newHandle, type Handle } from '../../store.js'
import { noMarks } from './marks.js'
import { encodeRecord, supersede, type RecordHead } from './record.js'

const [digest, earlier] = ['D'.repeat(43), 'E'.repeat(43)]

const head: RecordHead = {
  handle: newHandle(),
  digest,
  createdAt: 1_000,
  beganAt: 2_000,
  lastSeenAt: 3_000,
  userId: '7',
  remembered: true,
  label: 'laptop',
  superseded: [{ digest: earlier, at: 2_500, by: 'rotate' }],
  marks: 'abcdefgh003',
}

describe('the text of a record', () => {
  const fresh: RecordHead = {
    handle: 'p84wgnkiwDVijNj7DRuAdw' as Handle,
    digest,
    createdAt: 36 ** 2,
    beganAt: 36 ** 2,
    lastSeenAt: 36 ** 2,
    remembered: false,
    superseded: [],
    marks: noMarks,
  }
  const lineOf = (changes: Partial<RecordHead>): string => encodeRecord({ ...fresh, ...changes }, '{}')

  it('has a head of a few words, and the data on the second line', () => {
    expect(encodeRecord(fresh, '{"cart":[1]}')).toBe(`1 p84wgn ${digest} 100,,\n{"cart":[1]}`)
  })

  it('has times as what passed between them, backwards too', () => {
    expect(lineOf({ beganAt: 36 ** 2 + 36, lastSeenAt: 36 ** 2 + 46 })).toBe(`1 p84wgn ${digest} 100,10,a\n{}`)
    expect(lineOf({ lastSeenAt: 36 ** 2 - 1 })).toBe(`1 p84wgn ${digest} 100,,-1\n{}`)
  })

  it('has the time of the sign-in only if that is another than that of the beginning', () => {
    expect(lineOf({ beganAt: 36 ** 2 + 36, signedInAt: 36 ** 2 })).toBe(`1 p84wgn ${digest} 100,10,-10,\n{}`)
    expect(lineOf({ signedInAt: 36 ** 2 + 5, remembered: true })).toBe(`1 p84wgn ${digest} 100,,,5 r\n{}`)
  })

  it('has marks, and superseded digests with their ages', () => {
    const lastSeenAt = 36 ** 2 + 5
    const marks = 'abcdefgh001ijklmnop002'
    const superseded = [
      { digest: earlier, at: lastSeenAt, by: 'rotate' } as const,
      { digest, at: 36 ** 2 + 6, by: 'sign-in' } as const,
    ]
    expect(lineOf({ lastSeenAt, marks, superseded, remembered: true })).toBe(
      `1 p84wgn ${digest} 100,,5 r +abcdefgh001ijklmnop002 ${earlier}r ${digest}s-1\n{}`,
    )
  })

  it.each([
    [{ userId: 'ada' }, '"ada"'],
    [{ userId: '' }, '""'],
    [{ userId: 'ada', label: 'laptop' }, '"ada","laptop"'],
    [{ label: 'laptop' }, ',"laptop"'],
    [{ userId: 'a\nb', label: '"' }, '"a\\nb","\\""'],
  ])('ends its head with user id and label: %j', (names, text) => {
    expect(lineOf(names)).toBe(`1 p84wgn ${digest} 100,, ${text}\n{}`)
  })
})

describe('a head whose secret is superseded', () => {
  const next = (before: RecordHead, digest: string, at: number): RecordHead =>
    supersede(before, digest, { at, by: 'rotate', graceMs: 100 })

  it('has the new digest, remembers the one before, and is otherwise the same', () => {
    expect(next(head, 'new', 3_000)).toEqual({
      ...head,
      digest: 'new',
      superseded: [{ digest: head.digest, at: 3_000, by: 'rotate' }],
    })
  })

  it('remembers all secrets of the grace time, the last one first', () => {
    const twice = next(next(head, 'second', 3_000), 'third', 3_100)
    expect(twice.superseded.map(({ digest }) => digest)).toEqual(['second', head.digest])
    expect(next(twice, 'fourth', 3_101).superseded.map(({ digest }) => digest)).toEqual(['third', 'second'])
  })

  it('remembers 8 of them at most', () => {
    let many = head
    for (let round = 0; round < 20; round++) many = next(many, `secret ${round}`, 3_000)
    expect(many.superseded.map(({ digest }) => digest)).toEqual(
      Array.from({ length: 8 }, (_, index) => `secret ${18 - index}`),
    )
  })
})
