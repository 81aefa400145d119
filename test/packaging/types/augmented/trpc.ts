// tRPC's own builder takes what the adapter gives. Compiled and never run.
import { initTRPC } from '@trpc/server'
import type { CreateExpressContextOptions } from '@trpc/server/adapters/express'
import type { FetchCreateContextFnOptions } from '@trpc/server/adapters/fetch'
import type { CreateHTTPContextOptions } from '@trpc/server/adapters/standalone'
import { createSessions, type Session } from 'sessera'
import { requireRecentSignIn, requireUser, trpcSessions } from 'sessera/trpc'
import { check, type Equals } from '../equals.js'

const t = initTRPC
  .context<Pick<CreateExpressContextOptions | FetchCreateContextFnOptions | CreateHTTPContextOptions, 'req'>>()
  .create()

const procedure = t.procedure.use(trpcSessions(createSessions()))
procedure.query(({ ctx }) => {
  check<Equals<typeof ctx.session, Session>>()
  // @ts-expect-error not a key of the data
  ctx.session.data.basket = []
  return ctx.session.data.cart ?? []
})

procedure
  .use(requireUser())
  .use(requireRecentSignIn('10m'))
  .mutation(({ ctx }) => {
    check<Equals<typeof ctx.session, Session>>()
    check<Equals<typeof ctx.userId, string>>()
  })

t.procedure.use(trpcSessions(createSessions<{ visits: number }>())).query(({ ctx }) => {
  check<Equals<typeof ctx.session, Session<{ visits: number }>>>()
})

// @ts-expect-error no session in the context
t.procedure.use(requireUser())
// @ts-expect-error no request in the context
initTRPC.context<{ user: string }>().create().procedure.use(trpcSessions(createSessions()))
