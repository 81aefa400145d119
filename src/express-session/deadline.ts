import { parseDuration, type Duration } from '../core/duration.js'
import { InvalidOptionError } from '../errors.js'

// What setTimeout can wait for.
const longestMs = 2 ** 31 - 1

/** The option `deadline` in ms; throws `InvalidOptionError`. */
export function parseDeadline(deadline: Duration): number {
  const ms = parseDuration('deadline', deadline)
  if (ms > longestMs) throw new InvalidOptionError('deadline', 'is longer than a timer can wait')
  return ms
}
