import { serialize } from 'cookie'
import { problemOfDomain } from '../../core/cookie/domain.js'
import { commonMistake, type Corrections } from '../../options/common-mistakes.js'
import { InvalidSessionOptionError } from './errors.js'

/** Throws if this is not an options object, and says what to write instead. */
export function rejectMistakenOptions(options: unknown): void {
  rejectCommonMistake('options', options, {
    client: 'pass { store: new RedisStore({ client }) }',
    'callback-store': 'pass { store }',
  })
  if (typeof options !== 'object') throw new InvalidSessionOptionError('options', 'must be an object; pass { secret }')
}

/** Throws if this is not a store for express-session. */
export function rejectMistakenStore(store: object): void {
  // A subclass of express-session's Store is a store for it.
  if ('createSession' in store) return
  rejectCommonMistake('store', store, {
    client: "pass new RedisStore({ client }) of 'sessera/connect-redis'",
    store: "use RedisStore of 'sessera/connect-redis'",
  })
}

function rejectCommonMistake(option: string, value: unknown, corrections: Corrections): void {
  const mistake = commonMistake(value, corrections)
  if (mistake !== undefined) throw new InvalidSessionOptionError(option, mistake)
}

/** Throws for an empty or missing secret: it would sign nothing, or throw at the first cookie that the other secrets did not sign. */
export function checkedSecrets(secrets: readonly unknown[]): readonly string[] {
  const index = secrets.findIndex((secret) => secret === '' || !['string', 'object'].includes(typeof (secret ?? 0)))
  if (index < 0) return secrets as readonly string[]
  throw new InvalidSessionOptionError(
    secrets.length === 1 ? 'secret' : `secret[${index}]`,
    'must be a non-empty string; is the environment variable set?',
  )
}

/** Throws for `NaN` or a string, which would fail every response or make the cookie last forever. */
export function checkLifetime({ maxAge, expires }: { readonly maxAge?: unknown; readonly expires?: unknown }): void {
  const isMaxAge = !maxAge || (typeof maxAge === 'number' ? isTime(Date.now() + maxAge) : isDate(maxAge))
  if (!isMaxAge || Number.isNaN(maxAge)) {
    throw new InvalidSessionOptionError(
      'cookie.maxAge',
      'must be a number of milliseconds, such as 24 * 60 * 60 * 1000',
    )
  }
  if (!expires || isDate(expires)) return
  throw new InvalidSessionOptionError('cookie.expires', 'must be a valid Date; you probably want cookie.maxAge')
}

const isTime = (ms: number): boolean => !Number.isNaN(new Date(ms).valueOf())
const isDate = (value: unknown): boolean => value instanceof Date && isTime(value.valueOf())

/** Only warns, because express-session accepts any domain. A leading dot and a single label do no harm. */
export function warnOfDomain(domain: string | undefined): void {
  const problem = domain ? problemOfDomain(domain.replace(/^\./, '')) : undefined
  if (problem === undefined || /^[\w-]+$/.test(domain ?? '')) return
  process.emitWarning(`Option cookie.domain ${problem}.`, { code: 'SESSERA_COOKIE_DOMAIN' })
}

/** Throws at the start for a cookie that cannot be sent, instead of for the first visitor. */
export function checkSerializes(option: string, name: string, attributes: object): void {
  try {
    serialize(name, '', attributes)
  } catch {
    const problem = option === 'cookie.domain' ? problemOfDomain(Object.values(attributes)[0]) : undefined
    throw new InvalidSessionOptionError(option, problem ?? 'cannot be sent in a cookie')
  }
}
