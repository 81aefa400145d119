import createDebug from 'debug'

/** Logs a message with `DEBUG=express-session`, as express-session does. */
export const debug = createDebug('express-session')
