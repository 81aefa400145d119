import createDebug from 'debug'

/** Printed with `DEBUG=express-session`. */
export const debug = createDebug('express-session')
