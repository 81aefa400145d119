import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { DataNotEncodableError, DataTooLargeError } from 'sessera'
import { describe, expect, it } from 'vitest'
import { decodeData, type DataObject } from './data.js'
import { encodeData, encodeFields, joinFields } from './encode-data.js'

const encode = (data: object, maxBytes = Infinity): string => encodeData(data as DataObject, maxBytes)

function refusalOf(data: object): string {
  try {
    encode(data)
  } catch (error) {
    expect(error).toBeInstanceOf(DataNotEncodableError)
    return (error as Error).message
  }
  throw new Error('It was encoded.')
}

describe('plain data', () => {
  it('is written as JSON.stringify writes it', () => {
    const anyText = fc.array(fc.nat(0xffff), { maxLength: 60 }).map((codes) => String.fromCharCode(...codes))
    const values = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.oneof(
          anyText,
          fc.string(),
          fc.boolean(),
          fc.constant(null),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
        ),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(anyText, tie('value'), { maxKeys: 4 }),
      ),
    })).value
    fc.assert(
      fc.property(fc.dictionary(anyText, values, { maxKeys: 6 }), (data) => {
        fc.pre(!JSON.stringify(data, (_, value: unknown) => (Object.is(value, -0) ? '-0' : value)).includes('-0'))
        expect(encode(data)).toBe(JSON.stringify(data))
        expect(joinFields(encodeFields(data as DataObject))).toBe(JSON.stringify(data))
      }),
    )
  })

  it('reads back equal, -0 too', () => {
    const data = { a: -0, list: [-0, 0] }
    expect(encode(data)).toBe('{"a":-0,"list":[-0,0]}')
    expect(decodeData(encode(data))).toEqual(data)
  })

  it('is its own enumerable properties: not what other code added to all objects, not what is hidden on purpose', () => {
    const hidden = Object.defineProperty({ a: 1 }, 'b', { value: 2, enumerable: false })
    Object.defineProperty(hidden, Symbol('c'), { value: 3, enumerable: false })
    // oxlint-disable-next-line no-extend-native
    Object.defineProperty(Object.prototype, 'added', { value: 1, enumerable: true, configurable: true, writable: true })
    try {
      expect(encode({ hidden })).toBe('{"hidden":{"a":1}}')
    } finally {
      delete (Object.prototype as { added?: unknown }).added
    }
  })
})

describe('what JSON would change in silence', () => {
  class List extends Array<unknown> {}
  const beside = (key: string): unknown => Object.assign([1], { [key]: 2 })
  const inherited = Object.create(Object.assign(Object.create(null) as object, { theirs: 1 })) as object
  it.each<[what: string, value: unknown, problem: string]>([
    ['an invalid Date', new Date(NaN), 'data.x has a toJSON that returns nothing'],
    ['an invalid Date of another realm', runInNewContext('new Date(NaN)'), 'data.x has a toJSON that returns nothing'],
    ['a toJSON that gives undefined', { toJSON: () => undefined }, 'data.x has a toJSON that returns nothing'],
    ['a toJSON that gives NaN', { toJSON: () => NaN }, 'data.x is not a finite number'],
    ['a toJSON that gives a Map', { toJSON: () => new Map() }, 'data.x is a Map'],
    ['a toJSON that gives a Date', { toJSON: () => new Date() }, 'data.x is a Date'],
    ['a property of a list', beside('total'), 'data.x.total is a property of a list'],
    ['the match of a regular expression', /a/.exec('a'), 'data.x.index is a property of a list'],
    ['a symbol as a key', { [Symbol('s')]: 1 }, 'data.x has a symbol as a key'],
    ['a symbol as a key of a list', Object.assign([], { [Symbol('s')]: 1 }), 'data.x has a symbol as a key'],
    ['a list of a class of its own', new List(), 'data.x is a List'],
    ['what an object inherits', inherited, 'data.x is a'],
    // oxlint-disable-next-line no-sparse-arrays
    ['a hole', [1, , 2], 'data.x[1] is undefined'],
    ['a hole beside a further property', Object.assign(Array(1), { a: 1 }), 'data.x[0] is undefined'],
    ['a Set', new Set(), 'data.x is a Set'],
    ['a boxed number', Object(1), 'data.x is a Number'],
  ])('is refused: %s', (_, value, problem) => {
    expect(refusalOf({ x: value })).toContain(`session.${problem}`)
    expect(refusalOf({ deep: [{ x: value }] })).toContain('session.data.deep[0].x')
  })

  it('is refused of the data itself', () => {
    expect(refusalOf({ [Symbol('s')]: 1 })).toContain('session.data has a symbol as a key')
  })

  it('is read once: the result of a getter or toJSON is what is stored', () => {
    let count = 0
    const counting = {
      get value() {
        return ++count === 1 ? 'first' : NaN
      },
    }
    expect(encode({ counting })).toBe('{"counting":{"value":"first"}}')
    let calls = 0
    expect(encode({ made: { toJSON: () => ({ calls: ++calls }) } })).toBe('{"made":{"calls":1}}')
    expect(calls).toBe(1)
  })

  it('is what a list says of itself with toJSON, as for objects', () => {
    expect(encode({ x: Object.assign([1], { toJSON: () => 'text' }) })).toBe('{"x":"text"}')
  })

  it('is named by its path if a getter throws', () => {
    const throwing = {
      get inner(): never {
        throw new Error('no')
      },
    }
    expect(refusalOf({ a: [throwing] })).toContain('session.data.a[0].inner has no JSON form')
  })
})

describe('the work', () => {
  /** As many objects as levels, each with the next one twice: no cycle, and doubling. */
  function doubling(levels: number, innermost: unknown = { v: 1 }): unknown {
    let value = innermost
    for (let level = 0; level < levels; level++) value = level % 2 === 0 ? { a: value, b: value } : [value, value]
    return value
  }

  it.each([25, 40, 60])('ends with the bytes that may be stored, with %i shared objects', (levels) => {
    const started = performance.now()
    expect(() => encode({ x: doubling(levels) }, 65_536)).toThrow(DataTooLargeError)
    expect(performance.now() - started).toBeLessThan(500)
  })

  it('ends when nothing is written either', () => {
    const empty = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, undefined]))
    let looks = 0
    const counted = new Proxy(empty, { get: (target, key) => (looks++, Reflect.get(target, key)) })
    expect(() => encode({ x: doubling(12, counted) }, 65_536)).toThrow(DataTooLargeError)
    expect(looks).toBeLessThan(300_000)
  })

  it('does not begin on what is too large anyhow', () => {
    expect(() => encode({ x: 'x'.repeat(10_000_000) }, 65_536)).toThrow(DataTooLargeError)
    expect(() => encode({ x: Array(4_000_000_000) }, 65_536)).toThrow(DataTooLargeError)
  })

  it('stops at the byte, and not before it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
        fc.pre(!JSON.stringify(data).includes('__proto__'))
        const withNothing = { ...data, nothing: undefined }
        const line = encode(withNothing)
        const bytes = Buffer.byteLength(line)
        expect(encode(withNothing, bytes)).toBe(line)
        if (bytes > 2) expect(() => encode(withNothing, bytes - 1)).toThrow(DataTooLargeError)
      }),
    )
  })

  it('shared references are copies once they are stored', () => {
    const shared = { a: 1 }
    expect(encode({ x: shared, y: [shared, shared] })).toBe('{"x":{"a":1},"y":[{"a":1},{"a":1}]}')
  })
})
