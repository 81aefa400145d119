import { InvalidOptionError } from '../errors.js'
import { mistakeIn, type Corrections } from './mistaken-values.js'

/** Throws `InvalidOptionError` if the value is a common mistake, and says what to write instead. */
export function refuseMistaken(option: string, value: unknown, corrections: Corrections): void {
  const mistake = mistakeIn(value, corrections)
  if (mistake !== undefined) throw new InvalidOptionError(option, mistake)
}

/**
 * Throws `InvalidOptionError` unless `options` is an object that has only `known` names, so that a typing error does not pass silently.
 */
export function checkOptionNames(
  option: string,
  options: unknown,
  known: readonly string[],
  corrections: Corrections = {},
): void {
  refuseMistaken(option, options, corrections)
  if (typeof options !== 'object' || options === null) throw new InvalidOptionError(option, 'must be an object')
  const prefix = option === 'options' ? '' : `${option}.`
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new InvalidOptionError(prefix + unknown, `is not known; there are ${known.join(', ')}`)
}
