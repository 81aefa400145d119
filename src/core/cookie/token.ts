import { hash, timingSafeEqual } from 'node:crypto'
import { randomText } from '../../engine/random.js'
import { newHandle, type Handle } from '../../store.js'

/** What the cookie carries: `<handle>.<secret>`, 55 characters. */
export interface Token {
  readonly handle: Handle
  /** The whole token. A credential: it goes into the cookie and nowhere else. */
  readonly text: string
}

// 24 random bytes fill 32 characters exactly, so every secret is canonical. A handle's last character carries 2 bits only.
const tokenGrammar = /^[A-Za-z0-9_-]{21}[AQgw]\.[A-Za-z0-9_-]{32}$/

/** A token for a new session, or with a handle, a new secret for that session. */
export function newToken(handle: Handle = newHandle()): Token {
  return { handle, text: `${handle}.${randomText(24)}` }
}

/** The token in `text`, or `undefined` if it is not well-formed. */
export function parseToken(text: string): Token | undefined {
  return tokenGrammar.test(text) ? { handle: text.slice(0, 22) as Handle, text } : undefined
}

/**
 * What is stored of a token: SHA-256 of `<cookie name>=<token>` in base64url, 43 characters. It covers the handle, so that a record that
 * was copied under another handle matches no token, and the cookie name, so that applications with different names can share a store
 * and do not accept each other's tokens. (ASVS 11.4, SID-6)
 */
export function digestOf(token: Token, cookieName: string): string {
  return hash('sha256', `${cookieName}=${token.text}`, 'base64url')
}

const digestLength = 43
const [one, other] = [Buffer.alloc(digestLength), Buffer.alloc(digestLength)]

/** Compares two digests in constant time. (SID-7) */
export function isSameDigest(digest: string, otherDigest: string): boolean {
  if (digest.length !== digestLength || otherDigest.length !== digestLength) return false
  one.write(digest, 'latin1')
  other.write(otherDigest, 'latin1')
  return timingSafeEqual(one, other)
}
