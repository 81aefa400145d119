import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeData, emptyLine, type DataObject } from './data.js'
import { encodeData } from './encode-data.js'
import { isSameAsStored } from './same-as-stored.js'

type AnyData = any // oxlint-disable-line typescript/no-explicit-any -- It changes data of every shape.

const asData = (value: object): DataObject => Object.assign(Object.create(null) as DataObject, value)

/** The line that encoding gives, or `undefined` for data that cannot be encoded. */
function encodingOf(data: DataObject): string | undefined {
  try {
    return encodeData(data, Infinity)
  } catch {
    return undefined
  }
}

/** Values that a handler may put anywhere. */
const leaves = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('"', '\\', '\\n', '\n', 'a","b', '\ud800', ''),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(
    null,
    undefined,
    -0,
    0,
    NaN,
    Infinity,
    1n,
    Symbol('s'),
    () => {},
    new Date(0),
    new Map(),
    new Error('e'),
  ),
)
const { data: anyData } = fc.letrec((tie) => ({
  data: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('1', '__proto__', 'toJSON', 'a"b')), tie('value'), {
    maxKeys: 5,
  }),
  value: fc.oneof({ depthSize: 'small' }, leaves, fc.array(tie('value'), { maxLength: 4 }), tie('data')),
}))

describe('data compared with its stored line', () => {
  it('is never the same where encoding gives another line, or none', () => {
    fc.assert(
      fc.property(anyData, anyData, (one, other) => {
        const data = asData(one)
        const line = encodingOf(data)
        for (const stored of [line ?? '{"":null}', encodingOf(asData(other)) ?? emptyLine])
          if (isSameAsStored(stored, data)) expect(line).toBe(stored)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is the same when it was only read', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.jsonValue()), (value) => {
        const line = encodingOf(asData(value)) as string
        expect(isSameAsStored(line, decodeData(line))).toBe(!hasMinusZero(line))
      }),
    )
  })

  it('is compared within the length of the line, whatever it refers to many times', () => {
    let shared: unknown = ['x']
    for (let level = 0; level < 60; level++) shared = [shared, shared]
    expect(isSameAsStored('{"a":1}', asData({ a: shared }))).toBe(false)
    const text = 'x'.repeat(1_000_000)
    expect(isSameAsStored('{"a":1}', asData({ a: Array.from({ length: 100_000 }, () => text) }))).toBe(false)
  })

  it.each<[what: string, change: (data: AnyData) => unknown]>([
    ['a changed text', (data) => (data.text = 'b')],
    ['a text that looks like what is stored', (data) => (data.list = ['a","b'])],
    ['a number', (data) => (data.number = 12)],
    ['minus zero', (data) => (data.zero = -0)],
    ['a missing value', (data) => delete data.text],
    ['a value behind all others', (data) => (data.z = 1)],
    ['a nested value', (data) => (data.nested.deep.value = 2)],
    ['a longer list', (data) => data.list.push('c')],
    ['a function', (data) => (data.nested.call = () => {})],
    ['a property of a list', (data) => (data.list.total = 2)],
    ['a symbol as a key', (data) => (data.nested[Symbol('key')] = 1)],
    ['a getter that throws', (data) => Object.defineProperty(data, 'text', { enumerable: true, get: () => { throw new Error('no') } })], // prettier-ignore
    ['an object of a class', (data) => Object.setPrototypeOf(data.nested, Map.prototype)],
    ['a toJSON', (data) => (data.nested.toJSON = () => ({ deep: { value: 1 } }))],
  ])('is not the same with %s', (_what, change) => {
    const line = '{"text":"a","number":1,"zero":0,"list":["a","b"],"nested":{"deep":{"value":1}}}'
    const data = decodeData(line) as DataObject
    expect(isSameAsStored(line, data)).toBe(true)
    change(data)
    expect(isSameAsStored(line, data)).toBe(false)
  })
})

/** Left to the encoder, which writes it otherwise than `JSON.stringify`. */
function hasMinusZero(line: string): boolean {
  return /[:,[]-0[,}\]]/.test(line.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""'))
}
