// In the program of application.ts, whose SessionData hold here too. Compiled and never run.
import { H3 } from 'h3'
import { Hono } from 'hono'
import { createSessions, type Session } from 'sessera'
import { h3Sessions, requireRecentSignIn, requireUser, returnPath } from 'sessera/h3'
import { honoSessions, requireUser as requireHonoUser } from 'sessera/hono'
import { check, type Equals } from '../equals.js'

const sessions = createSessions()

new H3()
  .use(h3Sessions(sessions, { onOutage: 'anonymous', renew: ({ url }) => !url.endsWith('/poll') }))
  .use('/account/**', requireUser({ redirectTo: '/login' }))
  .get(
    '/cart',
    ({ context, req }) => {
      check<Equals<typeof context.session, Session>>()
      // @ts-expect-error the cart may be missing
      context.session.data.cart.push('pear')
      // @ts-expect-error not a key of the data
      context.session.data.basket = []
      return returnPath(req)
    },
    { middleware: [requireRecentSignIn('10m')] },
  )
// @ts-expect-error not an option
h3Sessions(sessions, { secure: true })
// @ts-expect-error not a duration
requireRecentSignIn('soon')
// @ts-expect-error not an option
requireUser({ redirect: '/login' })

new Hono()
  .use(honoSessions(sessions))
  .use('/account/*', requireHonoUser())
  .get('/cart', (c) => {
    check<Equals<typeof c.var.session, Session>>()
    return c.json(c.var.session.data.cart ?? [])
  })
