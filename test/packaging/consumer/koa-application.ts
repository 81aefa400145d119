// An application on Koa, whose sessions are typed by augmenting SessionData. Compiled and never run.
import Koa from 'koa'
import { createSessions } from 'sessera'
import { koaSessions, requireUser } from 'sessera/koa'

declare module 'sessera' {
  interface SessionData {
    visits: number
  }
}

const app = new Koa()
app.use(koaSessions(createSessions()))
app.use(requireUser())
app.use((ctx) => {
  const visits: number | undefined = ctx.session.data.visits
  ctx.session.data.visits = (visits ?? 0) + 1
  // @ts-expect-error not a key of the data
  ctx.session.data.basket = []
  // @ts-expect-error a number
  ctx.session.data.visits = 'many'
  ctx.body = ctx.session.userId ?? null
})
