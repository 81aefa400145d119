import { initTRPC } from '@trpc/server'
import type { CreateExpressContextOptions } from '@trpc/server/adapters/express'
import { requireUser, trpcSessions } from 'sessera/trpc'
import { labelOf, readText } from '../../fleet/visitor.js'
import { sessions } from '../shop/backend.js'

export const createContext = ({ req }: CreateExpressContextOptions) => ({ req })
const t = initTRPC.context<typeof createContext>().create()

const procedure = t.procedure.use(trpcSessions(sessions))
const userProcedure = procedure.use(requireUser())

/** An input with one text. A real application gives the schema of a validator. */
const textIn =
  <Field extends string>(field: Field, maxLength: number) =>
  (input: unknown) =>
    ({ [field]: readText(input, field, maxLength) }) as Record<Field, string>

export const router = t.router({
  session: procedure.query(({ ctx: { session } }) => ({
    user: session.userId ?? null,
    cart: session.data.cart ?? [],
  })),

  signIn: procedure.input(textIn('name', 64)).mutation(({ ctx: { session, req }, input: { name } }) => {
    const label = labelOf(req.get('user-agent'))
    session.signIn(name, { keep: ['cart'], label }) // a real application checks a password first
  }),

  signOut: procedure.mutation(({ ctx: { session } }) => session.end()),

  addToCart: procedure.input(textIn('item', 80)).mutation(async ({ ctx: { session }, input: { item } }) => {
    await session.update((data) => {
      data.cart = [...(data.cart ?? []), item]
    })
  }),

  sessions: userProcedure.query(({ ctx: { session, userId } }) => sessions.user(userId).list({ current: session })),

  signOutElsewhere: userProcedure.mutation(async ({ ctx: { session, userId } }) => ({
    ended: await sessions.user(userId).end({ except: session }),
  })),

  signOutEverywhere: userProcedure.mutation(async ({ ctx: { userId } }) => ({
    ended: await sessions.user(userId).end(),
  })),
})

export type Router = typeof router
