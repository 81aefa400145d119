import { emitEvent } from '../../events.js'
import type { CommitResult } from '../../core/request/commit.js'
import type { Handle } from '../../store.js'
import type { ResponseHead } from './head.js'

/**
 * Puts on the response what a commit asks for: its cookies beside those of the application, and headers that keep one visitor's
 * answer out of shared caches. Doing so again changes nothing. An answer that began before its end (`isWhole` is false) may look at the
 * session yet, so it is private where the application says nothing of caches.
 */
export function putCommitment(
  response: ResponseHead,
  { setCookies, caching }: CommitResult,
  handle: Handle | undefined,
  isWhole = true,
): void {
  if (typeof response.setHeader !== 'function') return
  if (setCookies.length > 0) putCookies(response, setCookies)
  if (caching === 'untouched') return isWhole ? undefined : keepPrivate(response)
  addVaryCookie(response)
  const given = textOf(response.getHeader?.('Cache-Control'))
  if (caching === 'private') {
    if (given === undefined) response.setHeader('Cache-Control', 'private')
  } else if (given === undefined || !hasToken(given, 'no-store')) {
    if (given !== undefined) emitEvent('cache-control-overridden', { handle, cacheControl: given })
    response.setHeader('Cache-Control', 'no-store')
  }
}

/** Keeps an answer out of shared caches, where the application says nothing of caches itself. */
export function keepPrivate(response: ResponseHead): void {
  if (textOf(response.getHeader?.('Cache-Control')) !== undefined) return
  response.setHeader?.('Cache-Control', 'private')
  addVaryCookie(response)
}

// One cookie per name and response (RFC 6265bis; CK-6): ours takes the place of an earlier one, all others stay.
function putCookies(response: ResponseHead, setCookies: readonly string[]): void {
  const names = new Set(setCookies.map(cookieName))
  const others = [response.getHeader?.('Set-Cookie') ?? []].flat().map(String)
  response.setHeader?.('Set-Cookie', [...others.filter((other) => !names.has(cookieName(other))), ...setCookies])
}

function cookieName(setCookie: string): string {
  return (/^[^=;]*/.exec(setCookie)?.[0] ?? '').trim()
}

function addVaryCookie(response: ResponseHead): void {
  const given = textOf(response.getHeader?.('Vary'))
  if (given === undefined || given === '') response.setHeader?.('Vary', 'Cookie')
  else if (!hasToken(given, '*') && !hasToken(given, 'cookie')) response.setHeader?.('Vary', `${given}, Cookie`)
}

function textOf(value: number | string | readonly string[] | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}

function hasToken(list: string, token: string): boolean {
  return list.split(',').some((member) => member.trim().toLowerCase() === token)
}
