import { StoreRefusedError } from '../../errors.js'
import { warnOnce } from './warn-once.js'

// As worded by servers, their modules and hosted services.
const refused =
  /permissions to run|unknown command|scripting engine|not (?:allowed|permitted|supported|available)|disabled|unsupported/i
// The script ran, and one of its own commands was refused; or memory is full.
const ran = /\bOOM\b|executing the script|script: \w/i

const problem =
  'Redis denies this user scripts (EVAL, EVALSHA), or the commands were renamed. Without them, sessions cannot be changed or ended: ' +
  'grant +eval +evalsha, or add the Lua module to the server; see docs/redis.md, "A user of its own".'

/** The error for a server that runs no scripts, with one warning; `undefined` for any other error. */
export function scriptPermissionError(command: string, error: Error): StoreRefusedError | undefined {
  if (!command.startsWith('EVAL') || !refused.test(error.message) || ran.test(error.message)) return undefined
  warnOnce(problem, 'SESSERA_REDIS_SCRIPTS')
  return new StoreRefusedError(problem, error)
}
