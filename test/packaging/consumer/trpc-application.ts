// An application on tRPC, whose types `import` finds elsewhere than `require`. Compiled and never run.
import { initTRPC } from '@trpc/server'
import { createSessions } from 'sessera'
import { requireUser, trpcSessions } from 'sessera/trpc'

declare module 'sessera' {
  interface SessionData {
    visits: number
  }
}

const t = initTRPC.context<{ req: { headers: Headers } }>().create()
const procedure = t.procedure.use(trpcSessions(createSessions()))

export const router = t.router({
  visit: procedure.query(({ ctx: { session } }) => {
    const visits: number | undefined = session.data.visits
    session.data.visits = (visits ?? 0) + 1
    // @ts-expect-error a number
    session.data.visits = 'many'
  }),
  account: procedure.use(requireUser()).query(({ ctx }): string => ctx.userId),
})
