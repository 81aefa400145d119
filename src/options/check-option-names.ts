import { InvalidOptionError } from '../errors.js'
import { rejectCommonMistake, type Corrections } from './common-mistakes.js'

/**
 * Throws `InvalidOptionError` unless `options` is an object with `known` names only, so that a misspelt option does not pass silently.
 */
export function checkOptionNames(
  option: string,
  options: unknown,
  known: readonly string[],
  corrections: Corrections = {},
): void {
  rejectCommonMistake(option, options, corrections)
  if (typeof options !== 'object' || options === null) throw new InvalidOptionError(option, 'must be an object')
  const prefix = option === 'options' ? '' : `${option}.`
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new InvalidOptionError(prefix + unknown, `is not known; there are ${known.join(', ')}`)
}
