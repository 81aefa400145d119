import { InvalidOptionError } from '../../errors.js'
import type { CookieOptions, FormerCookie } from '../../options.js'
import { checkOptionNames } from '../../options/names.js'
import { problemOfDomain } from './domain.js'

/** The session cookie under one set of attributes. */
export interface Cookie {
  readonly name: string
  readonly secure: boolean
  /** Only this very host can have set it: its name has the prefix `__Host-`. */
  readonly isOfThisHost: boolean
  /** The `Set-Cookie` values that delete what was set before the attributes changed. */
  readonly clearFormer: readonly string[]
  readonly domain: string | undefined
  /** A whole `Set-Cookie` value; without `maxAgeSeconds` it lasts until the browser closes. */
  set(value: string, maxAgeSeconds?: number): string
  /** The `Set-Cookie` value that deletes exactly what `set` set. (RFC 6265bis; CK-9) */
  clear(): string
}

const nothingFound: readonly string[] = []

/**
 * The values of all cookies called `name` in a `Cookie` header (RFC 6265bis: pairs split by `;`, only space and tab trimmed, exact
 * name, no quoting, no percent-decoding). Several have other attributes, or were set by another host; which is not said.
 */
export function findCookies(header: string | undefined, name: string): readonly string[] {
  if (header === undefined || !header.includes(name)) return nothingFound
  const found: string[] = []
  let equals = -1
  for (let start = 0; start < header.length;) {
    // Looked for again only when it is behind us: a header without any must not be searched once for each pair. (CP-8)
    if (equals < start) equals = header.indexOf('=', start)
    if (equals < 0) break
    const semicolon = header.indexOf(';', start)
    const end = semicolon < 0 ? header.length : semicolon
    if (equals < end && trimmed(header, start, equals) === name) found.push(trimmed(header, equals + 1, end))
    start = end + 1
  }
  return found
}

// Never String.trim(): it also strips U+00A0 and so makes another name look like ours.
function trimmed(text: string, start: number, end: number): string {
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** Checks the options and makes the cookie; throws `InvalidOptionError` for what a browser would refuse or misread. */
export function makeCookie(options: CookieOptions = {}): Cookie {
  checkOptionNames('cookie', options, [
    'name',
    'domain',
    'path',
    'sameSite',
    'secure',
    'partitioned',
    'former',
    'development',
  ])
  const { domain, path = '/', sameSite = 'lax', secure = true, partitioned = false } = options
  if (typeof secure !== 'boolean') throw new InvalidOptionError('cookie.secure', 'must be true or false')
  if (typeof partitioned !== 'boolean') throw new InvalidOptionError('cookie.partitioned', 'must be true or false')
  const name = options.name ?? defaultName(secure, domain, path)
  checkName(name, secure, domain, path)
  const problem = domain === undefined ? undefined : problemOfDomain(domain)
  if (problem !== undefined) throw new InvalidOptionError('cookie.domain', problem)
  if (typeof path !== 'string' || !pathGrammar.test(path)) {
    throw new InvalidOptionError('cookie.path', "must begin with '/' and hold no ';', space or control character")
  }
  const sameSiteAttribute = sameSiteAttributes.get(sameSite)
  if (sameSiteAttribute === undefined)
    throw new InvalidOptionError('cookie.sameSite', "must be 'lax', 'strict' or 'none'")
  if (!secure && sameSite === 'none') throw new InvalidOptionError('cookie.sameSite', "'none' needs cookie.secure")
  if (!secure && partitioned) throw new InvalidOptionError('cookie.partitioned', 'needs cookie.secure')

  const attributes = [
    domain === undefined ? '' : `; Domain=${domain}`,
    `; Path=${path}; HttpOnly`,
    secure ? '; Secure' : '',
    `; SameSite=${sameSiteAttribute}`,
    partitioned ? '; Partitioned' : '',
  ].join('')
  const clear = `${name}=; Max-Age=0${attributes}`
  return {
    name,
    secure,
    isOfThisHost: name.startsWith('__Host-'),
    clearFormer: clearFormer(options, clear),
    domain,
    set: (value, maxAgeSeconds) =>
      `${name}=${value}${maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`}${attributes}`,
    clear: () => clear,
  }
}

function clearFormer({ former = [], ...options }: CookieOptions, current: string): readonly string[] {
  if (!Array.isArray(former)) throw new InvalidOptionError('cookie.former', 'must be a list of attributes')
  return (former as readonly FormerCookie[]).map((entry, index) => {
    checkOptionNames(`cookie.former[${index}]`, entry, ['name', 'domain', 'path', 'partitioned'])
    const { domain: _domain, path: _path, partitioned: _partitioned, ...rest } = options
    const cleared = makeCookie({ ...rest, ...entry }).clear()
    if (cleared === current) throw new InvalidOptionError(`cookie.former[${index}]`, 'is what the cookie has now')
    return cleared
  })
}

const sameSiteAttributes = new Map([
  ['lax', 'Lax'],
  ['strict', 'Strict'],
  ['none', 'None'],
])
const nameGrammar = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/ // a token, RFC 9110
const pathGrammar = /^\/[\x21-\x3a\x3c-\x7e]{0,255}$/

function defaultName(secure: boolean, domain: string | undefined, path: string): string {
  if (!secure) return 'session'
  return domain === undefined && path === '/' ? '__Host-session' : '__Secure-session'
}

function checkName(name: unknown, secure: boolean, domain: string | undefined, path: string): void {
  if (typeof name !== 'string' || !nameGrammar.test(name)) {
    throw new InvalidOptionError('cookie.name', 'must be 1 to 64 characters that a cookie name may have')
  }
  // Browsers take the prefixes in any case, so a name that only looks like one would be refused or trusted by accident.
  const prefix = /^__(?:Host-Http|Host|Secure|Http)-/i.exec(name)?.[0]
  if (prefix === undefined) return
  if (prefix !== '__Host-' && prefix !== '__Secure-') {
    throw new InvalidOptionError('cookie.name', "may only have the prefix '__Host-' or '__Secure-', in this spelling")
  }
  if (!secure) throw new InvalidOptionError('cookie.name', `with the prefix '${prefix}' needs cookie.secure`)
  if (prefix === '__Host-' && (domain !== undefined || path !== '/')) {
    throw new InvalidOptionError(
      'cookie.name',
      "with the prefix '__Host-' allows no cookie.domain and only the path '/'",
    )
  }
}
