import { hash, timingSafeEqual } from 'node:crypto'
import { randomText } from '../../engine/random.js'
import { newHandle, type Handle } from '../../store.js'

/** What the cookie carries: `<handle>.<secret>`, 55 characters. */
export interface Token {
  readonly handle: Handle
  /** The whole of it. A credential: goes into the cookie and nowhere else. */
  readonly text: string
}

// 24 random bytes fill 32 characters exactly, so every spelling of the secret is canonical; the handle's last character is not free.
const tokenGrammar = /^[A-Za-z0-9_-]{21}[AQgw]\.[A-Za-z0-9_-]{32}$/

/** A token for a new session, or with a `handle` a new secret for an existing one. */
export function newToken(handle: Handle = newHandle()): Token {
  return { handle, text: `${handle}.${randomText(24)}` }
}

/** The token that `text` spells, or `undefined` for anything that we could not have issued. */
export function parseToken(text: string): Token | undefined {
  return tokenGrammar.test(text) ? { handle: text.slice(0, 22) as Handle, text } : undefined
}

/**
 * What is stored of a token: SHA-256 of the cookie that carries it, `<name>=<token>`, base64url, 43 characters. Handle and secret
 * together, so that a record copied under another handle opens nothing; and the name, so that applications with cookies of different
 * names that share a store do not accept each other's. (ASVS 11.4, SID-6)
 */
export function digestOf(token: Token, cookieName: string): string {
  return hash('sha256', `${cookieName}=${token.text}`, 'base64url')
}

/** Compares two digests in constant time. (SID-7) */
export function isSameDigest(one: string, other: string): boolean {
  const [bytes, otherBytes] = [Buffer.from(one), Buffer.from(other)]
  return bytes.length === otherBytes.length && timingSafeEqual(bytes, otherBytes)
}
