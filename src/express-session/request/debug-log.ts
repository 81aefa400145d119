import createDebug from 'debug'
import { handleOf } from '../repositories/session-id.js'

/** Logs a message with `DEBUG=express-session`, as express-session does. */
export const debug = createDebug('express-session')

/** Logs a message about one session. Its handle is computed only for a log that somebody reads. */
export function debugSession(message: string, id: unknown): void {
  if (debug.enabled) debug(message, handleOf(id))
}
