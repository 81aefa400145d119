import { describe, expect, it } from 'vitest'
import { addMark, hasMark, Marks, noMarks } from './marks.js'

const second = 1000
const countMarks = (marks: string): number => marks.length / 11
const liveMarks = (...given: Parameters<Marks['live']>): string => new Marks().live(...given)
const marksOf = (...times: readonly number[]): string =>
  times.reduce((marks, at, index) => addMark(marks, `mark ${index}`.padEnd(8), at), noMarks)

describe('marks of writes', () => {
  it('are 48 bits each, and those of two writers never the same', () => {
    const [one, other] = [new Marks(), new Marks()]
    const marks = Array.from({ length: 1_000 }, () => [one.begin(), other.begin()]).flat()
    for (const mark of marks) expect(Buffer.from(mark, 'base64url')).toHaveLength(6)
    expect(new Set(marks).size).toBe(2_000)
  })

  it('of a writer that has its answer are dropped by its next write, and by no other writer', () => {
    const [one, other] = [new Marks(), new Marks()]
    const [waiting, answered] = [one.begin(), one.begin()]
    one.settle(answered)
    const marks = addMark(addMark(noMarks, answered, 0), waiting, 0)
    expect(one.live(marks, 0, 1_000)).toBe(addMark(noMarks, waiting, 0))
    expect(other.live(marks, 0, 1_000)).toBe(marks)
    one.settle(waiting)
    expect(one.live(marks, 0, 1_000)).toBe(noMarks)
  })

  it('do not grow with the number of writes', () => {
    const writers = [new Marks(), new Marks(), new Marks()]
    let marks = noMarks
    for (let count = 0; count < 300; count++) {
      const writer = writers[count % 3]!
      const live = writer.live(marks, 0, 1_000)
      const mark = writer.begin()
      marks = addMark(live, mark, 0)
      writer.settle(mark)
    }
    expect(countMarks(marks)).toBe(3)
  })

  it('are found among others, but not across two of them', () => {
    const marks = addMark(addMark(noMarks, 'abcdefgh', 0), 'ijklmnop', 0)
    expect(marks).toBe('abcdefgh000ijklmnop000')
    expect(['abcdefgh', 'ijklmnop', 'defgh000', 'absentxx'].map((mark) => hasMark(marks, mark))).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(hasMark(noMarks, 'abcdefgh')).toBe(false)
  })

  it.each([0, 1_764_547_200_000, 36 ** 3 * second, 36 ** 3 * second - 1])(
    'are dropped once no writer can look for them, and not before (at %i)',
    (start) => {
      const times = Array.from({ length: 1_000 }, (_, index) => start + index * second)
      const marks = marksOf(...times)
      expect(countMarks(marks)).toBe(1_000)
      expect(liveMarks(marks, start + 999 * second, 1_000 * second)).toBe(marks)
      expect(countMarks(liveMarks(marks, start + 999 * second, 2.5 * second))).toBe(4)
      expect(liveMarks(marks, start + 2_000 * second, 2.5 * second)).toBe(noMarks)
    },
  )

  it('are never dropped early, and at most two seconds late', () => {
    for (let at = 0; at < 3_000; at += 100) {
      for (let age = 0; age < 6_000; age += 100) {
        const isLive = liveMarks(marksOf(at), at + age, 2_500) !== noMarks
        if (age <= 2_500) expect(isLive).toBe(true)
        if (age >= 4_500) expect(isLive).toBe(false)
      }
    }
  })

  it('survive a clock that was set back a little, and go if it was set back far', () => {
    const marks = marksOf(100 * second)
    expect(liveMarks(marks, 98 * second, 2.5 * second)).toBe(marks)
    expect(liveMarks(marks, 50 * second, 2.5 * second)).toBe(noMarks)
  })

  it('go some time, however long a writer may look for them', () => {
    const marks = marksOf(0)
    expect(liveMarks(marks, 6 * 3600 * second, Infinity)).toBe(marks)
    expect(liveMarks(marks, 36 ** 3 * 500, Infinity)).toBe(noMarks)
  })
})
