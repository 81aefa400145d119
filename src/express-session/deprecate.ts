import depd from 'depd'

/** Says once for each place that something goes the way of old; `NO_DEPRECATION=express-session` keeps it quiet. */
export const deprecate = depd('express-session')
