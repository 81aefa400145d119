import { InvalidOptionError } from './errors.js'

/** Throws `InvalidOptionError` where `options` is not an object, or has a name that is not `known`: a typing error must not pass in silence. */
export function checkOptionNames(option: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw new InvalidOptionError(option, 'must be an object')
  const prefix = option === 'options' ? '' : `${option}.`
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new InvalidOptionError(prefix + unknown, `is not known; there are ${known.join(', ')}`)
}
