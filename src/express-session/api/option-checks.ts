import { serialize } from 'cookie'
import { problemOfDomain } from '../../core/cookie/domain.js'
import { mistakeIn, type Corrections } from '../../options/mistaken-values.js'
import { InvalidSessionOptionError } from './errors.js'

/** Refuses what is no options, and says what to write instead. */
export function refuseMistakenOptions(options: unknown): void {
  refuseMistaken('options', options, {
    client: 'pass { store: new RedisStore({ client }) }',
    'callback-store': 'pass { store }',
  })
  if (typeof options !== 'object') throw new InvalidSessionOptionError('options', 'must be an object; pass { secret }')
}

/** Refuses what is no store for express-session. */
export function refuseMistakenStore(store: object): void {
  // What extends the Store of express-session is one, whatever else it can do.
  if ('createSession' in store) return
  refuseMistaken('store', store, {
    client: "pass new RedisStore({ client }) of 'sessera/connect-redis'",
    store: "here it is RedisStore of 'sessera/connect-redis'",
  })
}

function refuseMistaken(option: string, value: unknown, corrections: Corrections): void {
  const mistake = mistakeIn(value, corrections)
  if (mistake !== undefined) throw new InvalidSessionOptionError(option, mistake)
}

/** One that is missing would sign nothing, or fail with the first cookie that the others have not signed. */
export function checkedSecrets(secrets: readonly unknown[]): readonly string[] {
  const index = secrets.findIndex((secret) => secret === '' || !['string', 'object'].includes(typeof (secret ?? 0)))
  if (index < 0) return secrets as readonly string[]
  throw new InvalidSessionOptionError(
    secrets.length === 1 ? 'secret' : `secret[${index}]`,
    'must be a text with something in it; is the environment variable set?',
  )
}

/** `NaN` or a text would fail with each response, or let the cookie last for ever. */
export function checkLifetime({ maxAge, expires }: { readonly maxAge?: unknown; readonly expires?: unknown }): void {
  const isMaxAge = !maxAge || (typeof maxAge === 'number' ? isTime(Date.now() + maxAge) : isDate(maxAge))
  if (!isMaxAge || Number.isNaN(maxAge)) {
    throw new InvalidSessionOptionError(
      'cookie.maxAge',
      'must be a number of milliseconds, such as 24 * 60 * 60 * 1000',
    )
  }
  if (!expires || isDate(expires)) return
  throw new InvalidSessionOptionError('cookie.expires', 'must be a valid Date; cookie.maxAge is mostly what is meant')
}

const isTime = (ms: number): boolean => !Number.isNaN(new Date(ms).valueOf())
const isDate = (value: unknown): boolean => value instanceof Date && isTime(value.valueOf())

/** A dot in front and a single label are old habits that do no harm; what no browser takes is told, as it was accepted before. */
export function warnOfDomain(domain: string | undefined): void {
  const problem = domain ? problemOfDomain(domain.replace(/^\./, '')) : undefined
  if (problem === undefined || /^[\w-]+$/.test(domain ?? '')) return
  process.emitWarning(`Option cookie.domain ${problem}.`, { code: 'SESSERA_COOKIE_DOMAIN' })
}

/** What no browser could be sent must not wait for the first visitor to be found out. */
export function checkSerializes(option: string, name: string, attributes: object): void {
  try {
    serialize(name, '', attributes)
  } catch {
    const problem = option === 'cookie.domain' ? problemOfDomain(Object.values(attributes)[0]) : undefined
    throw new InvalidSessionOptionError(option, problem ?? 'is nothing that a cookie can have')
  }
}
