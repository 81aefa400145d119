import { InvalidOptionError } from '../errors.js'

/** Throws `InvalidOptionError` unless the option is valid. `problem` completes the sentence "Option x …". */
export function checkOption(isValid: boolean, option: string, problem: string): asserts isValid {
  if (!isValid) throw new InvalidOptionError(option, problem)
}
