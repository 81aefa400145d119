import type { Sessions } from '../core/sessions.js'
import { InvalidOptionError } from '../errors.js'
import { rejectCommonMistake } from '../options/common-mistakes.js'

/** @throws InvalidOptionError for what is not the result of `createSessions` */
export function checkSessions(sessions: Partial<Pick<Sessions<object>, 'open'>> | undefined): void {
  const correction = 'pass createSessions({ store })'
  rejectCommonMistake('sessions', sessions, { store: correction, client: correction })
  if (typeof sessions?.open === 'function') return
  throw new InvalidOptionError('sessions', 'must be the result of createSessions(): pass createSessions(options)')
}
