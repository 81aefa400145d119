import type { Sessions } from '../core/sessions.js'
import { InvalidOptionError } from '../errors.js'
import { checkOptionNames } from '../options/check-option-names.js'
import { rejectCommonMistake } from '../options/common-mistakes.js'

/** @throws InvalidOptionError for what is not the result of `createSessions` */
export function checkSessions(sessions: Partial<Pick<Sessions<object>, 'open'>> | undefined): void {
  const correction = 'pass createSessions({ store })'
  rejectCommonMistake('sessions', sessions, { store: correction, client: correction })
  if (typeof sessions?.open === 'function') return
  throw new InvalidOptionError('sessions', 'must be the result of createSessions(): pass createSessions(options)')
}

/** Checks the options that all adapters have. @throws InvalidOptionError for one that cannot work, and for one that is not in `names` */
export function checkOpening(
  options: { readonly onOutage?: unknown; readonly renew?: unknown },
  names: readonly string[],
): void {
  checkOptionNames('options', options, ['onOutage', 'renew', ...names])
  const { onOutage = 'fail', renew = true } = options
  if (onOutage !== 'fail' && onOutage !== 'anonymous') {
    throw new InvalidOptionError('onOutage', "must be 'fail' or 'anonymous'")
  }
  if (typeof renew !== 'boolean' && typeof renew !== 'function') {
    throw new InvalidOptionError('renew', 'must be true, false, or a function of the request')
  }
}

/** @throws InvalidOptionError for an option of these names that is there and no function */
export function checkFunctions(options: object, names: readonly string[]): void {
  for (const name of names) {
    const value = (options as Readonly<Record<string, unknown>>)[name]
    if (value !== undefined && typeof value !== 'function') throw new InvalidOptionError(name, 'must be a function')
  }
}
