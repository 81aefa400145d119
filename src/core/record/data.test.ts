import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DataNotEncodableError, DataTooLargeError } from '../../errors.js'
import { checkSize, decodeData, emptyLine, type DataObject } from './data.js'
import { encodeData } from './encode-data.js'

const encode = (data: object): string => encodeData(data as DataObject, Infinity)

/** Any UTF-16 text, with lone surrogates and control characters. */
const anyText = (maxLength = 10): fc.Arbitrary<string> =>
  fc.array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff)), { maxLength }).map((codes) => String.fromCharCode(...codes))

/** JSON values; -0 is none, as JSON text has it but `JSON.stringify` does not write it. */
const jsonValues = fc
  .jsonValue({ maxDepth: 2, depthSize: 'small' })
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)

/** A value in `depth` lists, one in the other. */
function nested(depth: number, innermost: unknown = 1): unknown {
  let value = innermost
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

function refusalOf(data: object): DataNotEncodableError {
  try {
    encode(data)
  } catch (error) {
    expect(error).toBeInstanceOf(DataNotEncodableError)
    return error as DataNotEncodableError
  }
  throw new Error('It was encoded.')
}

describe('data', () => {
  it('reads back as it was, whatever JSON values are in it', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText(), jsonValues, { maxKeys: 5 }), (data) => {
        fc.pre(!JSON.stringify(data).includes('__proto__')) // is dropped: see below
        const decoded = decodeData(encode(data))
        expect({ ...decoded }).toEqual({ ...data })
      }),
    )
  })

  it('is always one line', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText(), anyText()), (data) => {
        expect(encode(data)).not.toContain('\n')
      }),
    )
    expect(encode({ a: 'x\n\r\u2028y' })).toBe('{"a":"x\\n\\r\u2028y"}')
  })

  it('reads back as an object without a prototype', () => {
    expect(Object.getPrototypeOf(decodeData(emptyLine))).toBeNull()
    expect(decodeData('{"constructor":1,"toString":2,"hasOwnProperty":3,"then":4}')).toEqual({
      constructor: 1,
      toString: 2,
      hasOwnProperty: 3,
      then: 4,
    })
  })

  it('keeps lone surrogates and NUL', () => {
    const data = { a: '\ud800', b: '\udfff\0', '\ud800': '\u{1f36a}' }
    expect({ ...decodeData(encode(data)) }).toEqual(data)
  })

  it('leaves out what is undefined, and stores an object with toJSON as what that gives', () => {
    const data = {
      gone: undefined,
      when: new Date(0),
      link: new URL('https://example.org/'),
      deep: { gone: undefined },
    }
    expect(encode(data)).toBe('{"when":"1970-01-01T00:00:00.000Z","link":"https://example.org/","deep":{}}')
  })

  it('takes plain objects of any origin: without a prototype, or of another realm', () => {
    const foreign = runInNewContext('({ list: [{ a: 1 }], none: Object.create(null) })') as object
    expect(encode({ foreign })).toBe('{"foreign":{"list":[{"a":1}],"none":{}}}')
    expect(encode(Object.assign(Object.create(null) as object, { a: 1 }))).toBe('{"a":1}')
  })

  it('takes frozen objects, and is not changed by encoding', () => {
    const data = Object.freeze({ list: Object.freeze([Object.freeze({ a: 1 })]) })
    expect(encode(data)).toBe('{"list":[{"a":1}]}')
  })
})

describe('what has no JSON form', () => {
  class Money {
    readonly amount = 1
  }
  it.each([
    ['a function', () => 1, 'is a function'],
    ['a symbol', Symbol('s'), 'is a symbol'],
    ['a BigInt', 1n, 'is a bigint'],
    ['NaN', NaN, 'is not a finite number'],
    ['Infinity', -Infinity, 'is not a finite number'],
    ['a Map', new Map(), 'is a Map'],
    ['a Set', new Set(), 'is a Set'],
    ['a RegExp', /a/, 'is a RegExp'],
    ['an Error', new Error('e'), 'is a Error'],
    ['a class instance', new Money(), 'is a Money'],
    ['a boxed value', Object('text'), 'is a String'],
    ['a typed array', new Uint8Array(1), 'is a Uint8Array'],
    ['a promise', Promise.resolve(), 'is a Promise'],
  ])('%s is refused with its path, at any depth', (_, value, problem) => {
    for (const [data, path] of [
      [{ here: value }, 'data.here'],
      [{ list: [1, value] }, 'data.list[1]'],
      [{ cart: [{}, { price: { of: value } }] }, 'data.cart[1].price.of'],
    ] as const) {
      const error = refusalOf(data)
      expect(error.path).toBe(path)
      expect(error.message).toBe(`session.${path} ${problem}; store plain JSON values only.`)
    }
  })

  it('undefined in a list, and a hole in one, are refused, as JSON would turn them into null', () => {
    expect(refusalOf({ list: [1, undefined] }).path).toBe('data.list[1]')
    // oxlint-disable-next-line no-sparse-arrays
    expect(refusalOf({ list: [, 1] }).path).toBe('data.list[0]')
  })

  it('cycles are refused', () => {
    const data: DataObject = { a: { b: {} } }
    data['self'] = data
    const list: unknown[] = []
    list.push(list)
    expect(refusalOf(data)).toBeInstanceOf(DataNotEncodableError)
    expect(refusalOf({ list })).toBeInstanceOf(DataNotEncodableError)
  })

  it('data nests 64 levels at most, however deep it comes', () => {
    expect(encode({ a: nested(64) })).toBe(`{"a":${JSON.stringify(nested(64))}}`)
    for (const depth of [65, 100, 10_000, 100_000]) {
      expect(refusalOf({ a: nested(depth) }).message).toContain('nests deeper than 64 levels')
    }
  })

  it('the path that the error names is cut off, so that a long key does not flood the log', () => {
    const { path, message } = refusalOf({ ['k'.repeat(100_000)]: NaN })
    expect(path.length).toBeLessThan(120)
    expect(message.length).toBeLessThan(300)
  })

  it('what toJSON gives or throws is refused too when it has no JSON form', () => {
    const thrown = new Error('no')
    const throwing = {
      toJSON: () => {
        throw thrown
      },
    }
    expect(refusalOf({ a: throwing }).cause).toBe(thrown)
    expect(refusalOf({ a: { toJSON: () => 1n } })).toBeInstanceOf(DataNotEncodableError)
    expect(refusalOf({ toJSON: () => ({}) }).path).toBe('data.toJSON')
  })

  it('nothing is written that would not be read again, whatever toJSON gives', () => {
    let line: string
    try {
      line = encode({ a: { toJSON: () => nested(70) } })
    } catch (error) {
      expect(error).toBeInstanceOf(DataNotEncodableError)
      return
    }
    expect(decodeData(line)).toBeDefined()
  })

  it('anything is either read back as JSON has it, or refused with a typed error', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      withBoxedValues: true,
    })
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anything), (data) => {
        let line: string
        try {
          line = encode(data)
        } catch (error) {
          expect(error).toBeInstanceOf(DataNotEncodableError)
          return
        }
        expect(decodeData(line)).toBeDefined()
        expect(encode(decodeData(line)!)).toBe(line)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the size of data', () => {
  it('counts bytes, not characters', () => {
    expect(checkSize('a'.repeat(100), 100)).toHaveLength(100)
    expect(() => checkSize('a'.repeat(101), 100)).toThrow(DataTooLargeError)
    expect(checkSize('é'.repeat(50), 100)).toHaveLength(50)
    expect(() => checkSize('é'.repeat(51), 100)).toThrow(
      'session.data takes at least 102 bytes but maxDataBytes is 100',
    )
    expect(() => checkSize('\u20ac'.repeat(34), 100)).toThrow(DataTooLargeError)
  })
})

describe('the key __proto__', () => {
  const before = Object.getOwnPropertyNames(Object.prototype)

  /** Looks for an own `__proto__`, or a prototype that somebody put there, in all of a decoded value. */
  function expectClean(value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    expect(Object.hasOwn(value, '__proto__')).toBe(false)
    expect([null, Object.prototype, Array.prototype]).toContain(Object.getPrototypeOf(value))
    for (const inner of Object.values(value)) expectClean(inner)
  }

  const spellings = fc
    .tuple(...[...'__proto__'].map((letter) => fc.tuple(fc.constant(letter), fc.integer({ min: 0, max: 2 }))))
    .map((letters) =>
      letters
        .map(([letter, spelling]) => {
          const hex = letter.charCodeAt(0).toString(16).padStart(4, '0')
          if (spelling === 0) return letter
          return `\\u${spelling === 1 ? hex : hex.toUpperCase()}`
        })
        .join(''),
    )

  it('is read at no depth and in no spelling', () => {
    fc.assert(
      fc.property(spellings, fc.nat(8), fc.boolean(), (spelling, depth, inList) => {
        expect(JSON.parse(`"${spelling}"`)).toBe('__proto__')
        let inner = `{"${spelling}":{"polluted":1},"kept":1}`
        for (let level = 0; level < depth; level++) inner = inList ? `{"a":[${inner}]}` : `{"a":${inner}}`
        const data = decodeData(inner)
        expect(data).toBeDefined()
        expectClean({ ...data })
        expect(JSON.stringify(data)).toContain('"kept":1')
        expect(JSON.stringify(data)).not.toContain('polluted')
      }),
    )
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
    expect(({} as DataObject)['polluted']).toBeUndefined()
  })

  it('is written at no depth', () => {
    const poison = JSON.parse('{"a":[{"__proto__":{"polluted":1},"kept":1}],"__proto__":{"polluted":1}}') as DataObject
    expect(encode(poison)).toBe('{"a":[{"kept":1}]}')
    const data = Object.create(null) as DataObject
    data['__proto__'] = { polluted: 1 }
    expect(encode(data)).toBe('{}')
  })

  it('is not written by toJSON either', () => {
    expect(encode({ a: { toJSON: () => JSON.parse('{"__proto__":1}') as unknown } })).toBe('{"a":{}}')
  })

  it('as a value, or spelt with a backslash in it, is data like any other', () => {
    const data = { a: '__proto__', b: '\\u005f_proto__', '\\u005f\\u005fproto__': 1, c__proto__: 2 }
    expect({ ...decodeData(encode(data)) }).toEqual(data)
  })

  it('constructor and prototype are data, and reach nothing', () => {
    const line = '{"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}}'
    expect(JSON.stringify(decodeData(line))).toBe(line)
    expect(({} as DataObject)['polluted']).toBeUndefined()
  })
})

describe('a line that is no data', () => {
  it.each([
    '',
    ' ',
    'null',
    '1',
    '"s"',
    'true',
    '[]',
    '[{}]',
    '{',
    '{"a":}',
    '{"a":1}x',
    "{'a':1}",
    '\ufeff{}',
    '{"a":undefined}',
    '{"a":NaN}',
    '{"a":1e999}',
    '{"a":[-1e999]}',
    `{"a":${'['.repeat(65)}1${']'.repeat(65)}}`,
    `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    `{"__proto__":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_001)}`,
  ])('is not decoded, and does not throw (%#)', (line) => {
    expect(decodeData(line)).toBeUndefined()
  })

  it('takes the last of two values for one key, as JSON does', () => {
    expect(decodeData('{"a":1,"a":2}')).toEqual({ a: 2 })
  })

  it('any text is data or undefined, and what is data can be written again', () => {
    fc.assert(
      fc.property(fc.oneof(anyText(), fc.json()), (line) => {
        const data = decodeData(line)
        if (data !== undefined) expect(decodeData(encode(data))).toEqual(data)
      }),
      { numRuns: 1_000 },
    )
  })
})
