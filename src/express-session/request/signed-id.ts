import { cookieValue } from './cookie-value.js'
import { debug } from './debug-log.js'
import type { SessionRequest } from './request.js'
import { isSignature, signerOf } from './signature.js'

const prefix = 's:'

/** The value of the cookie for this id: signed with HMAC-SHA256. */
export function signId(id: string, secret: string): string {
  return `${prefix}${id}.${signerOf(secret)(id)}`
}

/** The id in the request's cookie, if one of the secrets signed it. */
export function findId(
  request: SessionRequest,
  name: string,
  secrets: readonly string[],
  deprecate: (message: string) => void,
): string | undefined {
  const { cookie } = request.headers
  const id = verify(typeof cookie === 'string' ? cookieValue(cookie, name) : undefined, secrets)
  if (id !== undefined) return id
  const { cookies, signedCookies } = request
  const checked = signedCookies?.[name]
  if (typeof checked === 'string') {
    deprecate('req.signedCookies for the session; keep the Cookie header of the request')
    return checked
  }
  const idOfParser = verify(cookies?.[name], secrets)
  if (idOfParser !== undefined) deprecate('req.cookies for the session; keep the Cookie header of the request')
  return idOfParser
}

function verify(value: unknown, secrets: readonly string[]): string | undefined {
  if (typeof value !== 'string') return undefined
  if (!value.startsWith(prefix)) {
    debug('cookie unsigned')
    return undefined
  }
  const dot = value.lastIndexOf('.')
  const id = value.slice(prefix.length, dot)
  const signature = value.slice(dot + 1)
  for (const secret of secrets) {
    if (dot >= 0 && isSignature(signature, signerOf(secret)(id))) return id || undefined // no session has an empty id
  }
  debug('cookie signature invalid')
  return undefined
}
