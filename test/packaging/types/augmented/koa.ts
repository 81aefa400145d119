// In the program of application.ts, whose SessionData hold here too. Compiled and never run.
import Koa from 'koa'
import { createSessions, type Session } from 'sessera'
import {
  blockedRequest,
  koaSessions,
  requireRecentSignIn,
  requireUser,
  resumeBlockedRequest,
  returnPath,
  sessionOf,
  type BlockedRequest,
} from 'sessera/koa'
import { check, type Equals } from '../equals.js'

const sessions = createSessions()
const app = new Koa()
app.use(koaSessions(sessions, { onOutage: 'anonymous', renew: (ctx) => ctx.path !== '/poll' }))
app.use(requireUser({ redirectTo: '/login' }))
app.use(requireRecentSignIn('10m'))

app.use(async (ctx, next) => {
  check<Equals<typeof ctx.session, Session>>()
  check<Equals<typeof ctx.session.data.cart, string[] | undefined>>()
  // @ts-expect-error the cart may be missing
  ctx.session.data.cart.push('pear')
  // @ts-expect-error not a key of the data
  ctx.session.data.basket = []
  // @ts-expect-error who is signed in is changed by signIn and end
  ctx.session = null
  check<Equals<ReturnType<typeof blockedRequest>, BlockedRequest | undefined>>()
  if (blockedRequest(ctx) === undefined) ctx.redirect(returnPath(ctx))
  else resumeBlockedRequest(ctx, '/home')
  await next()
})

// Also where an application has types of its own for state and context.
const typed = new Koa<{ user: string }, { log: (text: string) => void }>()
typed.use(koaSessions(sessions))
typed.use((ctx) => {
  check<Equals<typeof ctx.session, Session>>()
  ctx.log(ctx.state.user)
})

const visits = createSessions<{ visits: number }>()
app.use(koaSessions(visits))
app.use((ctx) => {
  check<Equals<ReturnType<typeof sessionOf<{ visits: number }>>, Session<{ visits: number }>>>()
  ctx.body = sessionOf(visits, ctx).data.visits ?? 0
})

// @ts-expect-error app.proxy says which requests are secure
koaSessions(sessions, { isSecure: () => true })
// @ts-expect-error a function of the context, which has no `pathname`
koaSessions(sessions, { renew: (ctx) => ctx.pathname !== '/poll' })
// @ts-expect-error not a duration
requireRecentSignIn('soon')
// @ts-expect-error not an option
requireUser({ redirect: '/login' })
