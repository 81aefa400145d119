import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newHandle } from '../../store.js'
import { encodeRecord, hasMark, liveMarks, newMark, supersede, type RecordHead } from './record.js'
import * as record from './read-record.js'

/** Any UTF-16 text, with lone surrogates and control characters. */
const anyText = (maxLength = 10): fc.Arbitrary<string> =>
  fc.array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff)), { maxLength }).map((codes) => String.fromCharCode(...codes))

const times = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const texts = anyText()
const optional = <Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(values, { nil: undefined })

const heads: fc.Arbitrary<RecordHead> = fc.record({
  handle: fc.constant(null).map(newHandle),
  digest: texts,
  createdAt: times,
  beganAt: times,
  lastSeenAt: times,
  userId: optional(texts),
  remembered: fc.boolean(),
  label: optional(texts),
  superseded: fc.array(
    fc.record({ digest: texts, at: times, by: fc.constantFrom<'rotate' | 'sign-in'>('rotate', 'sign-in') }),
    { maxLength: 4 },
  ),
  marks: fc.array(fc.record({ mark: texts, at: times }), { maxLength: 5 }),
})

const handle = newHandle()

function readRecord(text: string, under = handle) {
  return record.readRecord({ text, version: 'v1' }, under)
}

const readAs = (head: RecordHead, dataLine: string) => ({ status: 'read', record: { version: 'v1', head, dataLine } })

const head: RecordHead = {
  handle,
  digest: 'D'.repeat(43),
  createdAt: 1_000,
  beganAt: 2_000,
  lastSeenAt: 3_000,
  userId: '7',
  remembered: true,
  label: 'laptop',
  superseded: [{ digest: 'E'.repeat(43), at: 2_500, by: 'rotate' }],
  marks: [{ mark: 'abcdefgh', at: 3_000 }],
}
const text = encodeRecord(head, '{"cart":[1]}')

/** The text of the good record with some fields of its head put otherwise. */
function withFields(fields: Record<string, unknown>): string {
  const line = JSON.parse(text.slice(0, text.indexOf('\n'))) as Record<string, unknown>
  return `${JSON.stringify({ ...line, ...fields })}\n{}`
}

describe('a record', () => {
  it('reads back as it was written, whatever is in it', () => {
    fc.assert(
      fc.property(heads, texts, (written, dataLine) => {
        expect(readRecord(encodeRecord(written, dataLine), written.handle)).toEqual(readAs(written, dataLine))
      }),
    )
  })

  it('has its head on the first line and the data on the second, so that the head can be read alone', () => {
    expect(text.split('\n')).toEqual([expect.stringMatching(/^\{"v":1,.*\}$/), '{"cart":[1]}'])
    expect(readRecord(encodeRecord(head, 'no JSON at all'))).toEqual(readAs(head, 'no JSON at all'))
  })

  it('takes a line break in a user id or label for what it is', () => {
    const odd = { ...head, userId: 'a\nb', label: '\n{}' }
    expect(readRecord(encodeRecord(odd, '{}'))).toEqual(readAs(odd, '{}'))
  })

  it('that belongs to another handle is a mismatch', () => {
    expect(readRecord(text, newHandle())).toEqual({ status: 'mismatch' })
  })

  it('of a newer schema is distinguished from a corrupt one, whatever else it contains', () => {
    expect(readRecord(withFields({ v: 2 }))).toEqual({ status: 'newer-version' })
    expect(readRecord('{"v":99}\nsomething else')).toEqual({ status: 'newer-version' })
  })

  it('may have fields that this version does not know', () => {
    expect(readRecord(withFields({ z: [1, 2, 3] }))).toMatchObject({ status: 'read', record: { head } })
  })
})

describe('a text that is no record', () => {
  it.each([
    '',
    '\n',
    'null',
    'null\n{}',
    '1\n{}',
    '"s"\n{}',
    '[]\n{}',
    '{}\n{}',
    'true\n{}',
    '{',
    '\ufeff' + text,
    ' \n' + text,
    text.replace('\n', ''),
    text.replace('\n', '\r'),
    '\0\u0001\u0002',
    '\ud800\n\udfff',
    '{"v":1e999}\n{}'.replace('1e999', '-1e999'),
    `{"__proto__":${text.slice(0, text.indexOf('\n'))}}\n{}`,
    `${'['.repeat(100_000)}\n{}`,
  ])('is corrupt (%#)', (broken) => {
    expect(readRecord(broken)).toEqual({ status: 'corrupt' })
  })

  const notText = [null, 0, 1.5, true, [], {}, ['a']]
  const notTime = [null, -1, 1.5, '1', true, [], {}, 2 ** 53, 1e300]
  it.each([
    ['v', [undefined, null, 0, -1, '1', true, []]],
    ['h', [undefined, ...notText]],
    ['d', [undefined, ...notText]],
    ['c', [undefined, ...notTime]],
    ['b', [undefined, ...notTime]],
    ['s', [undefined, ...notTime]],
    ['u', notText],
    ['l', notText],
    ['r', [null, 0, 2, true, '1', []]],
    [
      'p',
      [
        null,
        1,
        'x',
        {},
        [],
        ['d'],
        ['d', 1],
        ['d', 1, 'other'],
        ['d', -1, 'rotate'],
        [1, 1, 'rotate'],
        ['d', '1', 'sign-in'],
        ['d', 1, 'rotate', 'e'],
        ['d', 1, 'rotate', 'e', 1, 'other'],
      ],
    ],
    ['m', [undefined, null, 1, 'x', {}, ['a'], [1, 1], ['a', 'b'], ['a', -1], ['a', 1, 'b']]],
  ] as [string, unknown[]][])('is corrupt where the field %s is wrong', (field, values) => {
    for (const value of values) expect(readRecord(withFields({ [field]: value }))).toEqual({ status: 'corrupt' })
  })

  it('is corrupt wherever the head was cut off', () => {
    for (let length = 0; length <= text.indexOf('\n'); length++) {
      expect(readRecord(text.slice(0, length))).toEqual({ status: 'corrupt' })
      expect(readRecord(`${text.slice(0, Math.max(0, length - 1))}\n{}`)).toEqual({ status: 'corrupt' })
    }
  })

  it('never throws, and never reads as another session’s record', () => {
    const damaged = fc
      .tuple(fc.nat(text.length - 1), anyText(3))
      .map(([at, junk]) => text.slice(0, at) + junk + text.slice(at + 1))
    const lines = fc.tuple(fc.json(), fc.json()).map((pair) => pair.join('\n'))
    fc.assert(
      fc.property(fc.oneof(texts, lines, damaged), (broken) => {
        const reading = readRecord(broken, handle)
        if (reading.status === 'read') expect(reading.record.head.handle).toBe(handle)
      }),
      { numRuns: 2_000 },
    )
  })

  it('puts nothing on a prototype', () => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    const poisoned = withFields({}).replace(
      '{',
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},',
    )
    expect(readRecord(poisoned)).toMatchObject({ status: 'read', record: { head } })
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('marks of writes', () => {
  it('are 48 random bits each', () => {
    const marks = Array.from({ length: 1_000 }, newMark)
    for (const mark of marks) expect(Buffer.from(mark, 'base64url')).toHaveLength(6)
    expect(new Set(marks).size).toBe(1_000)
  })

  it('are found in the record that carries them', () => {
    expect(hasMark(head, 'abcdefgh')).toBe(true)
    expect(hasMark(head, 'other')).toBe(false)
  })

  it('are dropped once no writer can look for them, and not before, however many there are', () => {
    const marks = Array.from({ length: 1_000 }, (_, index) => ({ mark: `mark ${index}`, at: index }))
    expect(liveMarks(marks, 1_000, 1_000)).toHaveLength(999)
    expect(liveMarks(marks, 1_000, 1_001)).toEqual(marks)
    expect(liveMarks(marks, 5_000, 1_000)).toEqual([])
    expect(marks).toHaveLength(1_000)
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
