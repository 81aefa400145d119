import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mayNameProto } from './data.js'
import { encodeFields, joinFields } from './encode-data.js'
import { splitFields } from './merge.js'
import { splitLine } from './split-line.js'

const values = fc.dictionary(
  fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a"b', 'a\\', '\\"', '')),
  fc.jsonValue(),
)

describe('a line that is split without parsing it', () => {
  it('has the fields that it was made of', () => {
    fc.assert(
      fc.property(values, (value) => {
        const fields = encodeFields(value)
        const line = joinFields(fields)
        expect(splitLine(line)).toEqual(mayNameProto(line) ? undefined : fields)
      }),
      { numRuns: 1_000 },
    )
  })

  it('has the fields that parsing it gives, however it was written', () => {
    const written = fc.tuple(values, fc.nat(2)).map(([value, blanks]) => JSON.stringify(value, null, blanks))
    fc.assert(
      fc.property(written, (line) => {
        const fields = splitLine(line)
        if (fields !== undefined) expect(fields).toEqual(splitFields(line))
      }),
    )
  })

  it.each(['{ "a":1}', '{"a": 1}', '{"a":1 }', '{"a":[1, 2]}', ' {}', '{"a":1}\n', '[]', '1', '', '{'])(
    'is left to the parser where it has blanks, or is no object: %j',
    (line) => {
      expect(splitLine(line)).toBeUndefined()
    },
  )

  it.each(['{"__proto__":1}', '{"a":{"__proto__":{}}}', '{"a":[{"\\u005f_proto__":3}]}'])(
    'is left to the parser where it names __proto__, in any spelling and depth: %s',
    (line) => {
      expect(splitLine(line)).toBeUndefined()
    },
  )
})
