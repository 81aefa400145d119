import { StoreRefusedError } from '../../errors.js'
import { warnOnce } from './warn-once.js'

// As worded by servers, their modules and hosted services.
const refused =
  /permissions to run|unknown command|scripting engine|not (?:allowed|permitted|supported|available)|disabled|unsupported/i
// The script ran, and one of its own commands was refused; or memory is full.
const ran = /\bOOM\b|executing the script|script: \w/i

const problem =
  'Redis denies this user scripts (EVAL, EVALSHA), or the commands were renamed. Without them, sessions cannot be changed or ended on ' +
  'this server: grant +eval +evalsha, or add the Lua module to the server; or use Redis 8.4, Valkey 8.1 or later, and grant +echo. See ' +
  'docs/redis.md, "A user of its own".'

/** The error for a server that runs no scripts; `undefined` for any other error. */
export function scriptPermissionError(command: string, error: Error): StoreRefusedError | undefined {
  const isRefused = command.startsWith('EVAL') && refused.test(error.message) && !ran.test(error.message)
  return isRefused ? new StoreRefusedError(problem, error) : undefined
}

/** Whether the server runs no scripts. */
export function isScriptRefusal(error: unknown): boolean {
  return error instanceof StoreRefusedError && error.message === problem
}

/** Warns of a server that can neither run scripts nor do without. */
export function warnOfScriptRefusal(): void {
  warnOnce(problem, 'SESSERA_REDIS_SCRIPTS')
}
