import { emitEvent } from '../../events.js'
import type { CommitResult } from '../../core/request/commit.js'
import type { Handle } from '../../store.js'
import type { ResponseHead } from './http-response.js'

/**
 * Sets the headers that a commit asks for: its cookies in addition to the application's, and headers that keep the response out of
 * shared caches. Setting them again changes nothing. After a response that began before its end (`isWhole` is false) the
 * handler may still read the session, so it becomes private unless the application set `Cache-Control`.
 */
export function setSessionHeaders(
  response: ResponseHead,
  { setCookies, caching }: CommitResult,
  handle: Handle | undefined,
  isWhole = true,
): void {
  if (caching === 'untouched' && isWhole && setCookies.length === 0) return
  if (typeof response.setHeader !== 'function') return
  if (setCookies.length > 0) addCookies(response, setCookies)
  if (caching === 'untouched') return isWhole ? undefined : makePrivate(response)
  addVaryCookie(response)
  const given = valueOf(response, 'Cache-Control')
  if (caching === 'private') {
    if (given === undefined) response.setHeader('Cache-Control', 'private')
  } else if (given === undefined || !hasToken(given, 'no-store')) {
    if (given !== undefined) emitEvent('cache-control-overridden', { handle, cacheControl: given })
    response.setHeader('Cache-Control', 'no-store')
  }
}

/** Keeps a response out of shared caches, unless the application set `Cache-Control`. */
export function makePrivate(response: ResponseHead): void {
  if (valueOf(response, 'Cache-Control') !== undefined) return
  response.setHeader?.('Cache-Control', 'private')
  addVaryCookie(response)
}

// One cookie per name and response (RFC 6265bis): ours replaces an earlier one, all others stay.
function addCookies(response: ResponseHead, setCookies: readonly string[]): void {
  const names = new Set(setCookies.map(cookieName))
  const others = [response.getHeader?.('Set-Cookie') ?? []].flat().map(String)
  response.setHeader?.('Set-Cookie', [...others.filter((other) => !names.has(cookieName(other))), ...setCookies])
}

function cookieName(setCookie: string): string {
  return (/^[^=;]*/.exec(setCookie)?.[0] ?? '').trim()
}

function addVaryCookie(response: ResponseHead): void {
  const given = valueOf(response, 'Vary')
  if (given === undefined || given === '') response.setHeader?.('Vary', 'Cookie')
  else if (!hasToken(given, '*') && !hasToken(given, 'cookie')) response.setHeader?.('Vary', `${given}, Cookie`)
}

function valueOf(response: ResponseHead, name: string): string | undefined {
  return response.getHeader?.(name)?.toString()
}

function hasToken(list: string, token: string): boolean {
  return list.split(',').some((member) => member.trim().toLowerCase() === token)
}
