import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isHandle, newHandle } from '../../store.js'
import { digestOf, isSameDigest, newToken, parseToken } from './token.js'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Any UTF-16 text, with lone surrogates and control characters. */
const anyText = (maxLength = 10): fc.Arbitrary<string> =>
  fc.array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff)), { maxLength }).map((codes) => String.fromCharCode(...codes))

/** An issued token, from fixed bytes so that a failure can be repeated. */
const tokenTexts = fc
  .tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.uint8Array({ minLength: 24, maxLength: 24 }))
  .map((parts) => parts.map((bytes) => Buffer.from(bytes).toString('base64url')).join('.'))

describe('a token', () => {
  it('is a handle, a dot and 24 random bytes', () => {
    const { handle, text } = newToken()
    const [first, second = '', ...rest] = text.split('.')
    expect(first).toBe(handle)
    expect(isHandle(handle)).toBe(true)
    expect(Buffer.from(second, 'base64url')).toHaveLength(24)
    expect(second).toHaveLength(32)
    expect(rest).toEqual([])
  })

  it('gets a new handle and a new secret each time', () => {
    const one = newToken()
    const other = newToken()
    expect(one.handle).not.toBe(other.handle)
    expect(one.text.slice(23)).not.toBe(other.text.slice(23))
  })

  it('keeps the handle that it is made for, with a new secret', () => {
    const handle = newHandle()
    const one = newToken(handle)
    const other = newToken(handle)
    expect([one.handle, other.handle]).toEqual([handle, handle])
    expect(one.text).not.toBe(other.text)
  })

  it('is read back from what was issued', () => {
    fc.assert(
      fc.property(tokenTexts, (text) => {
        expect(parseToken(text)).toEqual({ handle: text.slice(0, 22), text })
      }),
    )
  })
})

describe('reading a token', () => {
  it('SID-4: takes nothing but what re-encodes to itself, whatever the text', () => {
    const nearMisses = tokenTexts.chain((text) =>
      fc.tuple(fc.nat(text.length - 1), anyText(2)).map(([at, junk]) => text.slice(0, at) + junk + text.slice(at + 1)),
    )
    fc.assert(
      fc.property(fc.oneof(anyText(), nearMisses), (text) => {
        const token = parseToken(text)
        const [handle = '', secret = '', ...rest] = text.split('.')
        const canonical =
          rest.length === 0 &&
          [handle, secret].every((part) => Buffer.from(part, 'base64url').toString('base64url') === part) &&
          Buffer.from(handle, 'base64url').length === 16 &&
          Buffer.from(secret, 'base64url').length === 24
        expect(token).toEqual(canonical ? { handle, text } : undefined)
      }),
    )
  })

  it('SID-5: refuses every other spelling of the same handle', () => {
    fc.assert(
      fc.property(tokenTexts, (text) => {
        const significant = alphabet.indexOf(text.charAt(21)) & 0b110000
        for (let unused = 1; unused < 16; unused++) {
          const spelling = `${text.slice(0, 21)}${alphabet.charAt(significant | unused)}${text.slice(22)}`
          // Node decodes it to the same bytes, which is why it must be refused.
          expect(Buffer.from(spelling.slice(0, 22), 'base64url')).toEqual(Buffer.from(text.slice(0, 22), 'base64url'))
          expect(parseToken(spelling)).toBeUndefined()
        }
      }),
      { numRuns: 20 },
    )
  })

  const handle = 'AAAAAAAAAAAAAAAAAAAAAA'
  const secret = 'B'.repeat(32)
  it.each([
    ['', 'nothing'],
    ['.', 'a dot'],
    [handle, 'a handle alone'],
    [`${handle}.`, 'no secret'],
    [`.${secret}`, 'no handle'],
    [`${handle}${secret}`, 'no dot'],
    [`${handle}.${secret.slice(1)}`, 'one character too few'],
    [`${handle}.${secret}B`, 'one character too many'],
    [`A${handle}.${secret}`, 'a handle that is too long'],
    [`${handle}.${secret}\n`, 'a line feed at the end'],
    [`\r\n${handle}.${secret}`, 'a line break in front'],
    [` ${handle}.${secret}`, 'a space in front'],
    [`"${handle}.${secret}"`, 'quotes'],
    [`${handle}.${secret.slice(1)}=`, 'padding'],
    [`${handle}.${secret.slice(1)}+`, 'the other base64 alphabet (+)'],
    [`${handle}.${secret.slice(1)}/`, 'the other base64 alphabet (/)'],
    [`${handle}.${secret.slice(1)}\0`, 'NUL'],
    [`${handle}.${secret.slice(3)}%00`, 'an escaped NUL'],
    [`${handle}%2E${secret}`, 'an escaped dot'],
    [`../${handle.slice(3)}.${secret}`, 'a path'],
    [`{${handle.slice(2)}}.${secret}`, 'a hash tag'],
    [`*${handle.slice(1)}.${secret}`, 'a glob'],
    [`'; return redis.call("FLUSHALL") --${handle}.${secret}`, 'Lua'],
    [`${handle}.${secret.slice(1)}\u0412`, 'a homoglyph'],
    [`${handle}.${secret.slice(2)}\u{1f36a}`, 'an emoji of two code units'],
    [`${handle}.${secret.slice(1)}\ud800`, 'a lone surrogate'],
  ])('SID-4: refuses %j: %s', (text) => {
    expect(parseToken(text)).toBeUndefined()
  })

  it('SID-4: refuses a megabyte of the right characters', () => {
    expect(parseToken('A'.repeat(1_000_000))).toBeUndefined()
  })
})

describe('the digest of a token', () => {
  const name = '__Host-session'

  it('SID-6: is the SHA-256 of the whole cookie, and shows none of it', () => {
    const token = newToken()
    const digest = digestOf(token, name)
    expect(digest).toBe(createHash('sha256').update(`${name}=${token.text}`, 'latin1').digest('base64url'))
    expect(digest).toHaveLength(43)
    expect(parseToken(`${token.handle}.${digest.slice(0, 32)}`)?.text).not.toBe(token.text)
  })

  it('SID-6: is another one for the same secret under another handle', () => {
    const token = newToken()
    const moved = parseToken(newHandle() + token.text.slice(22))
    expect(moved).toBeDefined()
    expect(digestOf(moved!, name)).not.toBe(digestOf(token, name))
  })

  it('is another one under another name, so that applications that share a store keep apart', () => {
    const token = newToken()
    expect(digestOf(token, '__Host-shop')).not.toBe(digestOf(token, '__Host-admin'))
  })

  it('SID-7: is the same only as itself', () => {
    const digest = digestOf(newToken(), name)
    expect(isSameDigest(digest, digest.slice())).toBe(true)
    for (let at = 0; at < digest.length; at++) {
      const other = `${digest.slice(0, at)}${digest.charAt(at) === 'A' ? 'B' : 'A'}${digest.slice(at + 1)}`
      expect(isSameDigest(digest, other)).toBe(false)
    }
  })

  it.each(['', 'A', 'A'.repeat(44), 'é'.repeat(43), `${'A'.repeat(42)}\u{20ac}`, `${'A'.repeat(42)}\ud800`])(
    'SID-7: is not the same as %j, and comparing does not throw',
    (stored) => {
      expect(isSameDigest(digestOf(newToken(), name), stored)).toBe(false)
    },
  )
})
