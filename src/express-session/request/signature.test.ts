import { createSecretKey } from 'node:crypto'
import { sign } from 'cookie-signature'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSignature, signerOf } from './signature.js'

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ minLength: 200, maxLength: 2000 }),
)
const secret = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 })

describe('a signature', () => {
  it('is that of the package cookie-signature, for any text and secret', () => {
    fc.assert(
      fc.property(text, secret, (given, key) => {
        expect(`${given}.${signerOf(key)(given)}`).toBe(sign(given, key))
      }),
      { numRuns: 1000 },
    )
  })

  it.each([1, 63, 64, 65, 256])('is so for a secret of %d bytes', (length) => {
    const key = 'k'.repeat(length)
    expect(`a.${signerOf(key)('a')}`).toBe(sign('a', key))
  })

  it.each([255, 256, 257])('is so for a text of %d characters of three bytes', (length) => {
    const given = '€'.repeat(length)
    expect(`${given}.${signerOf('keyboard cat')(given)}`).toBe(sign(given, 'keyboard cat'))
  })

  it.each([Buffer.from('keyboard cat'), createSecretKey(Buffer.from('keyboard cat'))])(
    'is the same with the secret as another kind of key',
    (key) => {
      expect(signerOf(key as never)('apple')).toBe(signerOf('keyboard cat')('apple'))
    },
  )

  it('uses a Buffer as it is now', () => {
    const key = Buffer.from('keyboard cat')
    signerOf(key as never)('apple')
    key.fill('x')
    expect(`apple.${signerOf(key as never)('apple')}`).toBe(sign('apple', key))
  })
})

describe('comparing signatures', () => {
  const right = signerOf('keyboard cat')('apple')

  it('finds equal ones only', () => {
    expect(isSignature(right, right)).toBe(true)
    for (let index = 0; index < right.length; index++) {
      const other = right[index] === 'x' ? 'y' : 'x'
      expect(isSignature(right.slice(0, index) + other + right.slice(index + 1), right)).toBe(false)
    }
  })

  it.each([
    right.slice(1),
    `${right}=`,
    `${right}A`,
    '',
    'é'.repeat(43),
    right.slice(0, -1) + String.fromCharCode(right.charCodeAt(42) + 256),
  ])('rejects %j', (given) => {
    expect(isSignature(given, right)).toBe(false)
  })
})
