import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newHandle, type Handle } from '../../store.js'
import { addMark, noMarks } from './marks.js'
import * as reading from './read-record.js'
import { encodeRecord, type RecordHead } from './record.js'

/** Any UTF-16 text, with lone surrogates, control characters and every kind of line break. */
const anyText = (maxLength = 10): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.constantFrom(0x2028, 0xd800, 0xdfff)), { maxLength })
    .map((codes) => String.fromCharCode(...codes))

const base64url = fc.constantFrom(...'ABCXYZabcrsxyz0189-_')
const letters = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: base64url, minLength: length, maxLength: length })

const times = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const texts = anyText()
const optional = <Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(values, { nil: undefined })

const heads: fc.Arbitrary<RecordHead> = fc.record({
  handle: fc.constant(null).map(newHandle),
  digest: letters(43),
  createdAt: times,
  beganAt: times,
  lastSeenAt: times,
  signedInAt: optional(times),
  userId: optional(texts),
  remembered: fc.boolean(),
  label: optional(texts),
  superseded: fc.array(
    fc.record({ digest: letters(43), at: times, by: fc.constantFrom<'rotate' | 'sign-in'>('rotate', 'sign-in') }),
    { maxLength: 4 },
  ),
  marks: fc
    .array(fc.tuple(letters(8), times), { maxLength: 5 })
    .map((list) => list.reduce((marks, [mark, at]) => addMark(marks, mark, at), noMarks)),
})

const handle = newHandle()
const digest = 'D'.repeat(43)

function readRecord(text: string, under = handle) {
  return reading.readRecord({ text, version: 'v1' }, under)
}

const readAs = (head: RecordHead, dataLine: string) => ({ status: 'read', record: { version: 'v1', head, dataLine } })

const head: RecordHead = {
  handle,
  digest,
  createdAt: 1_000,
  beganAt: 2_000,
  lastSeenAt: 3_000,
  userId: '7',
  remembered: true,
  label: 'laptop',
  superseded: [{ digest: 'E'.repeat(43), at: 2_500, by: 'rotate' }],
  marks: 'abcdefgh003',
}
const text = encodeRecord(head, '{"cart":[1]}')

describe('a record', () => {
  it('reads back as it was written, whatever is in it', () => {
    fc.assert(
      fc.property(heads, texts, (written, dataLine) => {
        expect(readRecord(encodeRecord(written, dataLine), written.handle)).toEqual(readAs(written, dataLine))
      }),
      { numRuns: 1_000 },
    )
  })

  it('has its data after the head, which is read without looking at the data', () => {
    expect(readRecord(encodeRecord(head, 'no JSON at all'))).toEqual(readAs(head, 'no JSON at all'))
  })

  it('takes a line break in a user id or label for what it is', () => {
    const odd = { ...head, userId: 'a\nb', label: '\n{}' }
    expect(readRecord(encodeRecord(odd, '{}'))).toEqual(readAs(odd, '{}'))
  })

  it('takes the marks of as many recent writes as a session can have', () => {
    const marks = 'abcdefgh003'.repeat(1_600)
    expect(readRecord(encodeRecord({ ...head, marks }, '{}'))).toEqual(readAs({ ...head, marks }, '{}'))
  })

  it('that belongs to another handle is a mismatch, from its first six characters on', () => {
    expect(readRecord(text, newHandle())).toEqual({ status: 'mismatch' })
    for (let at = 0; at < 6; at++) {
      const other = handle.slice(0, at) + (handle[at] === 'x' ? 'y' : 'x') + handle.slice(at + 1)
      expect(readRecord(text, other as Handle)).toEqual({ status: 'mismatch' })
    }
  })

  it.each(['2 \n{}', '99 anything', '10 ', `2${text.slice(1)}`, `${'9'.repeat(400)} {}`])(
    'of a newer schema is distinguished from a corrupt one, whatever else it contains (%#)',
    (newer) => {
      expect(readRecord(newer)).toEqual({ status: 'newer-version' })
    },
  )
})

describe('a text that is no record', () => {
  it.each([
    '',
    '\n',
    '1',
    '1 \n{}',
    '2',
    '2\n{}',
    'null\n{}',
    '{}\n{}',
    '{"v":1}\n{}',
    `0${text.slice(1)}`,
    `-2${text.slice(1)}`,
    `02${text.slice(1)}`,
    `1.5${text.slice(1)}`,
    '\ufeff' + text,
    ' ' + text,
    '\n' + text,
    text.replace('\n', ''),
    text.replace('\n', '\r'),
    text.replace('\n', '\u2028'),
    text.replace('\n', ' \n'),
    '\0\u0001\u0002',
    '\ud800\n\udfff',
  ])('is corrupt (%#)', (broken) => {
    expect(readRecord(broken)).toEqual({ status: 'corrupt' })
  })

  const start = `1 ${handle.slice(0, 6)} ${digest}`
  const usual = `${start} rs,,`
  const largest = Number.MAX_SAFE_INTEGER.toString(36)
  it.each([
    ['a digest', [`1 ${handle.slice(0, 6)} ${digest}D rs,,`, `1 ${handle.slice(0, 6)} ${digest.slice(1)}é rs,,`]],
    ['a tag', [`1 ${handle.slice(0, 5)} ${digest} rs,,`, `1 ${handle.slice(0, 5)}! ${digest} rs,,`]],
    [
      'times',
      [
        '',
        ' ',
        ' rs',
        ' rs,',
        ' ,,',
        ' RS,,',
        ' r.s,,',
        ' -1,,',
        ' rs,+1,',
        ' rs,-,',
        ' rs,,,-',
        ' rs,,,+1',
        ' rs,,,,',
      ].map((is) => start + is),
    ],
    [
      'a time in range',
      [' zzzzzzzzzzz,,', ' 1,-2,3', ' 1,1,-3', ' 1,,,-2', ` ${largest},1,`, ` ${largest},,1`].map((is) => start + is),
    ],
    ['the word for remembered', ['r r', 'R', '1', 'x'].map((word) => `${usual} ${word}`)],
    [
      'marks',
      [
        '+',
        '+abcdefgh00',
        '+abcdefgh00A',
        '+abcdefg!000',
        '+abcdefgh0000',
        '+abcdefgh000 +abcdefgh000',
        'abcdefgh000',
      ].map((word) => `${usual} ${word}`),
    ],
    ['superseded digests', ['', 'x', 'R', 'r-', 'r.', 'r ', `r abcdefgh`].map((end) => `${usual} ${digest}${end}`)],
    ['a superseded digest in time', [`${usual} ${digest}rrt`, `${start} ${largest},, ${digest}s-1`]],
    [
      'a user id',
      ['"', '"a', 'a"', '{}', '7', 'null', '"a"b', '"\\x"', '"\\u0061"', '"a\tb"'].map((user) => `${usual} ${user}`),
    ],
    [
      'user id and label',
      ['"a",', '"a",7', '"a", "b"', ',', ',7', ',null', '"a","b",', '"a","\\n",""', '{},"b"'].map(
        (names) => `${usual} ${names}`,
      ),
    ],
  ])('is corrupt where it has no valid form of %s', (_, lines) => {
    for (const line of lines) expect([line, readRecord(`${line}\n{}`)]).toEqual([line, { status: 'corrupt' }])
  })

  it('is corrupt wherever the head was cut off', () => {
    for (let length = 0; length <= text.indexOf('\n'); length++)
      expect(readRecord(text.slice(0, length))).toEqual({ status: 'corrupt' })
  })

  it('never throws, and never reads as another session’s record', () => {
    const damaged = fc
      .tuple(fc.nat(text.length - 1), fc.nat(3), anyText(3))
      .map(([at, removed, junk]) => text.slice(0, at) + junk + text.slice(at + removed))
    const lines = fc.tuple(fc.json(), fc.json()).map((pair) => pair.join('\n'))
    const names = fc.tuple(fc.json(), texts).map((pair) => `${usual} ${pair.join(',')}\n{}`)
    fc.assert(
      fc.property(fc.oneof(texts, lines, names, damaged), (broken) => {
        const found = readRecord(broken, handle)
        if (found.status === 'read') expect(found.record.head.handle).toBe(handle)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['marks', 'abcdefgh1k0'],
    ['superseded digests', ` ${digest}r1k`],
    ['escapes', ' "\\n'],
    ['brackets', '['],
    ['digits', '9'],
  ])('throws nothing, and is no record, where it has many megabytes of %s', (_, word) => {
    const many = word.repeat(12_000_000 / word.length)
    for (const broken of [
      many,
      `${usual}${many}\n{}`,
      `${usual}${many}`,
      `${usual} +${many}\n{}`,
      `${usual} "${many}\n{}`,
    ])
      expect(readRecord(broken)).toEqual({ status: 'corrupt' })
  })
})
