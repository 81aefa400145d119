import { findCookies } from '../../core/cookie/cookie.js'

/** What of Next's cookies is used. `set` throws while a page is rendered. */
export interface RequestCookies {
  getAll(): readonly { readonly name: string; readonly value: string }[]
  set(name: string, value: string, attributes: CookieAttributes): unknown
}

interface CookieAttributes {
  readonly domain?: string
  readonly path?: string
  readonly maxAge?: number
  readonly httpOnly: boolean
  readonly secure: boolean
  readonly sameSite?: 'lax' | 'strict' | 'none'
  readonly partitioned: boolean
}

/**
 * The `Cookie` header with what a Server Function or `proxy.ts` has set in the same request. All else stays as the browser sent it: Next keeps only
 * one cookie of a name, and so hides that another host has set one.
 */
export function currentCookies(header: string, cookies: RequestCookies): string {
  const set = cookies.getAll().filter(({ name, value }) => !findCookies(header, name).includes(value))
  const names = new Set(set.map(({ name }) => name))
  const sent = header.split(';').filter((pair) => !names.has((pair.split('=', 1)[0] ?? '').trim()))
  return [...sent, ...set.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`)].join(';')
}

/** Sets cookies by their `Set-Cookie` values. */
export function setCookies(cookies: RequestCookies, texts: readonly string[]): void {
  for (const text of texts) {
    const [pair = '', ...attributes] = text.split(/; */)
    const { name, value } = splitPair(pair)
    cookies.set(name, value, attributesIn(attributes))
  }
}

function attributesIn(texts: readonly string[]): CookieAttributes {
  const given = new Map(texts.map(splitPair).map(({ name, value }) => [name.toLowerCase(), value]))
  const [domain, path, maxAge, sameSite] = ['domain', 'path', 'max-age', 'samesite'].map((name) => given.get(name))
  return {
    ...(domain === undefined ? {} : { domain }),
    ...(path === undefined ? {} : { path }),
    ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
    ...(sameSite === undefined ? {} : { sameSite: sameSite.toLowerCase() as 'lax' }),
    httpOnly: given.has('httponly'),
    secure: given.has('secure'),
    partitioned: given.has('partitioned'),
  }
}

function splitPair(text: string): { name: string; value: string } {
  const equals = text.indexOf('=')
  return equals < 0 ? { name: text, value: '' } : { name: text.slice(0, equals), value: text.slice(equals + 1) }
}
