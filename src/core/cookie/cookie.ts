import type { CookieOptions, FormerCookie } from '../../options.js'
import { checkOption } from '../../options/check-option.js'
import { checkOptionNames } from '../../options/check-option-names.js'
import { problemOfDomain } from './domain.js'

/** The session cookie, with one set of attributes. */
export interface Cookie {
  readonly name: string
  readonly secure: boolean
  /** Whether only this host can have set it, because its name has the prefix `__Host-`. */
  readonly isOfThisHost: boolean
  /** The `Set-Cookie` values that delete the cookies of the option `former`. */
  readonly clearFormer: readonly string[]
  readonly domain: string | undefined
  readonly path: string
  readonly sameSite: 'lax' | 'strict' | 'none'
  readonly partitioned: boolean
  /** A complete `Set-Cookie` value. Without `maxAgeSeconds`, the cookie lasts until the browser closes. */
  set(value: string, maxAgeSeconds?: number): string
  /** The `Set-Cookie` value that deletes what `set` set. (RFC 6265bis; CK-9) */
  clear(): string
}

const nothingFound: readonly string[] = []

/**
 * The values of all cookies with this name in a `Cookie` header (RFC 6265bis: pairs separated by `;`, only space and tab trimmed, exact
 * name, no quoting, no percent-decoding). There are several if they were set with different attributes or by another host; the header
 * does not say which is which.
 */
export function findCookies(header: string | undefined, name: string): readonly string[] {
  let at = header === undefined ? -1 : header.indexOf(name, 0)
  if (header === undefined || at < 0) return nothingFound
  const found: string[] = []
  for (; at >= 0; at = header.indexOf(name, at + name.length)) {
    const equals = skipBlanks(header, at + name.length)
    if (header.charCodeAt(equals) !== equalsSign || !beginsPair(header, at)) continue
    const semicolon = header.indexOf(';', equals)
    found.push(trimmed(header, equals + 1, semicolon < 0 ? header.length : semicolon))
  }
  return found
}

const equalsSign = 0x3d
const semicolonSign = 0x3b

function skipBlanks(text: string, start: number): number {
  let at = start
  while (isBlank(text.charCodeAt(at))) at++
  return at
}

/** Whether only blanks are between the start of the pair and this position. */
function beginsPair(header: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && isBlank(header.charCodeAt(before))) before--
  return before < 0 || header.charCodeAt(before) === semicolonSign
}

// Not String.trim(), which also removes U+00A0 and so makes another name look like ours.
function trimmed(text: string, start: number, end: number): string {
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

const sameSiteAttributes = { lax: 'Lax', strict: 'Strict', none: 'None' }
const formerNames = ['name', 'domain', 'path', 'partitioned']
const optionNames = ['name', 'domain', 'path', 'sameSite', 'secure', 'partitioned', 'former', 'development']

/** Makes the cookie. Throws `InvalidOptionError` for options that a browser would reject or misread. */
export function makeCookie(options: CookieOptions = {}): Cookie {
  checkOptionNames('cookie', options, optionNames)
  const { domain, path = '/', sameSite = 'lax', secure = true, partitioned = false } = options
  checkOption(typeof secure === 'boolean', 'cookie.secure', 'must be true or false')
  checkOption(typeof partitioned === 'boolean', 'cookie.partitioned', 'must be true or false')
  const name = options.name ?? defaultName(secure, domain, path)
  checkName(name, secure, domain, path)
  const problem = domain === undefined ? undefined : problemOfDomain(domain)
  checkOption(problem === undefined, 'cookie.domain', problem ?? '')
  const isPath = typeof path === 'string' && pathGrammar.test(path)
  checkOption(isPath, 'cookie.path', "must begin with '/' and contain no ';', space or control character")
  const isSameSite = Object.hasOwn(sameSiteAttributes, sameSite)
  checkOption(isSameSite, 'cookie.sameSite', "must be 'lax', 'strict' or 'none'")
  checkOption(secure || sameSite !== 'none', 'cookie.sameSite', "'none' needs cookie.secure")
  checkOption(secure || !partitioned, 'cookie.partitioned', 'needs cookie.secure')

  const attributes = [
    domain === undefined ? '' : `; Domain=${domain}`,
    `; Path=${path}; HttpOnly`,
    secure ? '; Secure' : '',
    `; SameSite=${sameSiteAttributes[sameSite]}`,
    partitioned ? '; Partitioned' : '',
  ].join('')
  const clear = `${name}=; Max-Age=0${attributes}`
  return {
    name,
    secure,
    isOfThisHost: name.startsWith('__Host-'),
    clearFormer: clearFormer(options, clear),
    domain,
    path,
    sameSite,
    partitioned,
    set: (value, maxAgeSeconds) =>
      `${name}=${value}${maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`}${attributes}`,
    clear: () => clear,
  }
}

function clearFormer({ former = [], ...options }: CookieOptions, current: string): readonly string[] {
  checkOption(Array.isArray(former), 'cookie.former', 'must be a list of attributes')
  const { domain: _domain, path: _path, partitioned: _partitioned, ...rest } = options
  return (former as readonly FormerCookie[]).map((entry, index) => {
    const option = `cookie.former[${index}]`
    checkOptionNames(option, entry, formerNames)
    const cleared = makeCookie({ ...rest, ...entry }).clear()
    checkOption(cleared !== current, option, 'is what the cookie has now')
    return cleared
  })
}

const nameGrammar = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/ // a token, RFC 9110
const pathGrammar = /^\/[\x21-\x3a\x3c-\x7e]{0,255}$/

function defaultName(secure: boolean, domain: string | undefined, path: string): string {
  if (!secure) return 'session'
  return domain === undefined && path === '/' ? '__Host-session' : '__Secure-session'
}

function checkName(name: unknown, secure: boolean, domain: string | undefined, path: string): void {
  const check = (isValid: boolean, problem: string): void => checkOption(isValid, 'cookie.name', problem)
  const isName = typeof name === 'string' && nameGrammar.test(name)
  check(isName, 'must be 1 to 64 characters that a cookie name may have')
  // Browsers match the prefixes in any case, so they would reject a name that only looks like one, or trust it by accident.
  const prefix = /^__(?:Host-Http|Host|Secure|Http)-/i.exec(name as string)?.[0]
  if (prefix === undefined) return
  const isAllowed = prefix === '__Host-' || prefix === '__Secure-'
  check(isAllowed, "may only have the prefix '__Host-' or '__Secure-', in this spelling")
  check(secure, `with the prefix '${prefix}' needs cookie.secure`)
  const isForHost = prefix !== '__Host-' || (domain === undefined && path === '/')
  check(isForHost, "with the prefix '__Host-' allows no cookie.domain and only the path '/'")
}
