import { StoreRefusedError } from '../../errors.js'
import { warnOnce } from './warn-once.js'

// As servers, their modules and hosted services put it; what a script itself may not do says so, with the script's name.
const refused =
  /permissions to run|unknown command|scripting engine|not (?:allowed|permitted|supported|available)|disabled|unsupported/i
const otherwise = /\bOOM\b|executing the script|script: \w/i

const problem =
  'Redis does not let this user run scripts (EVAL, EVALSHA), or has renamed these commands. Without them a session can be neither ' +
  'changed nor ended: grant +eval +evalsha, or add the Lua module to the server: docs/redis.md, "A user of its own".'

/** The error for a script that was refused as such, whatever it does; else `undefined`. */
export function scriptsRefused(command: string, error: unknown): StoreRefusedError | undefined {
  if (!command.startsWith('EVAL') || !(error instanceof Error)) return undefined
  if (!refused.test(error.message) || otherwise.test(error.message)) return undefined
  warnOnce(problem, 'SESSERA_REDIS_SCRIPTS')
  return new StoreRefusedError(problem, error)
}

/**
 * Makes sure that scripts run, before anything is stored that only scripts can change. Asks until it was answered once, with whatever;
 * rejects as `send` does.
 */
export function scriptRights(run: (key: string) => Promise<unknown>): (key: string) => Promise<void> {
  let isGranted = false
  return async (key) => {
    if (isGranted) return
    await run(key)
    isGranted = true
  }
}
