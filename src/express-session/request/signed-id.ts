import { parse } from 'cookie'
import { sign, unsign } from 'cookie-signature'
import { debug } from './debug.js'
import type { SessionRequest } from './request.js'

const prefix = 's:'

/** The value of the cookie for this id: signed with HMAC-SHA256. */
export function signId(id: string, secret: string): string {
  return prefix + sign(id, secret)
}

/** The id that a request's cookie names, if one of the secrets has signed it. */
export function findId(
  request: SessionRequest,
  name: string,
  secrets: readonly string[],
  deprecate: (message: string) => void,
): string | undefined {
  const { headers, cookies, signedCookies } = request
  const parsedHeader = parseCookies(headers['cookie'])
  const own = Object.hasOwn(parsedHeader, name) ? parsedHeader[name] : undefined
  const id = own === undefined ? undefined : verify(own, secrets)
  if (id !== undefined) return id
  const checked = signedCookies?.[name]
  if (typeof checked === 'string') {
    deprecate('req.signedCookies for the session; let the Cookie header of the request stand')
    return checked
  }
  const parsed = cookies?.[name]
  const other = typeof parsed === 'string' ? verify(parsed, secrets) : undefined
  if (other !== undefined) deprecate('req.cookies for the session; let the Cookie header of the request stand')
  return other
}

function parseCookies(header: string | readonly string[] | undefined): Record<string, string | undefined> {
  return typeof header === 'string' ? parse(header) : {}
}

function verify(value: string, secrets: readonly string[]): string | undefined {
  if (!value.startsWith(prefix)) {
    debug('cookie unsigned')
    return undefined
  }
  for (const secret of secrets) {
    const id = unsign(value.slice(prefix.length), secret)
    if (id !== false) return id || undefined // nobody's id is empty
  }
  debug('cookie signature invalid')
  return undefined
}
