import { createHmac, hash, timingSafeEqual } from 'node:crypto'

/** Signs texts with one secret: HMAC-SHA256 as base64 without padding, as the package `cookie-signature` does. */
export type Sign = (text: string) => string

const blockBytes = 64
const digestBytes = 32
const maxCharacters = 256
const signatureLength = 43

const signers = new Map<string, Sign>()
const maxSigners = 100

/** The signatures of a secret: of any kind that `createHmac` takes. */
export function signerOf(secret: string): Sign {
  if (typeof secret !== 'string') return slowSigner(secret)
  const known = signers.get(secret)
  if (known !== undefined) return known
  if (signers.size >= maxSigners) signers.clear()
  const signer = typeof hash === 'function' ? fastSigner(secret) : slowSigner(secret)
  signers.set(secret, signer)
  return signer
}

/** Compares in a time that does not depend on where the two differ. */
export function isSignature(given: string, right: string): boolean {
  if (given.length !== signatureLength || givenBytes.write(given) !== signatureLength) return false
  rightBytes.write(right)
  return timingSafeEqual(givenBytes, rightBytes)
}

const givenBytes = Buffer.alloc(signatureLength)
const rightBytes = Buffer.alloc(signatureLength)

function slowSigner(secret: string): Sign {
  return (text) => createHmac('sha256', secret).update(text).digest('base64').slice(0, signatureLength)
}

/**
 * HMAC from two digests (RFC 2104). `createHmac` makes a native object each time, which costs twice as much and burdens the garbage
 * collector.
 */
function fastSigner(secret: string): Sign {
  const slow = slowSigner(secret)
  const bytes = Buffer.from(secret)
  const key = bytes.length > blockBytes ? Buffer.from(hash('sha256', bytes, 'hex'), 'hex') : bytes
  const inner = Buffer.alloc(blockBytes + 3 * maxCharacters, 0x36)
  const outer = Buffer.alloc(blockBytes + digestBytes, 0x5c)
  for (const [index, byte] of key.entries()) {
    inner[index] = byte ^ 0x36
    outer[index] = byte ^ 0x5c
  }
  return (text) => {
    if (text.length > maxCharacters) return slow(text)
    const length = inner.write(text, blockBytes)
    const digest = hash('sha256', inner.subarray(0, blockBytes + length), 'binary')
    outer.write(digest, blockBytes, 'binary')
    return hash('sha256', outer, 'base64').slice(0, signatureLength)
  }
}
