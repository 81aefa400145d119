import { parse } from 'cookie'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cookieValue } from './cookie-value.js'

/** Headers of whole pairs, and of the characters that matter, in any order. */
const piece = fc.constantFrom(
  'a',
  'id',
  'id=',
  '=',
  ';',
  '; ',
  ' ',
  '\t',
  '"',
  '%20',
  '%',
  '%C3%A4',
  'ä',
  's:x.y',
  'id2=1',
)
const pair = fc.tuple(fc.constantFrom('id', 'xid', 'idx', 'i', ' id', 'id '), fc.string()).map((both) => both.join('='))
const header = fc.oneof(
  fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')),
  fc.array(pair, { maxLength: 6 }).map((pairs) => pairs.join(';')),
)

describe('the value of a cookie', () => {
  it('is what the package cookie returns, for any header', () => {
    fc.assert(
      fc.property(header, fc.constantFrom('id', 'i', 'a', 'id2'), (given, name) => {
        expect(cookieValue(given, name)).toBe(parse(given)[name])
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    ['id=1', '1'],
    ['id=1; id=2', '1'],
    ['xid=1; idx=2; id=3', '3'],
    ['valueless; id=1', '1'],
    ['other=id=2; id=1', '1'],
    ['\tid \t=\t"s%3Aa"\t; b=2', 's:a'],
    ['id=', ''],
    ['id="', ''],
    ['id=%E4', '%E4'],
    ['', undefined],
    ['id', undefined],
  ])('in %j is %j', (given, value) => {
    expect(cookieValue(given, 'id')).toBe(value)
  })
})
