import { initTRPC, TRPCError } from '@trpc/server'
import type { Sessions } from 'sessera'
import { requireRecentSignIn, requireUser, trpcSessions } from 'sessera/trpc'
import type { createContext } from './servers.js'

export interface ShopData {
  cart?: string[]
  theme?: string
}

const t = initTRPC.context<typeof createContext>().create()

/** `isReady` holds a slow procedure before it changes anything. */
export function makeRouter(sessions: Sessions<ShopData>, isReady: () => Promise<void>) {
  const procedure = t.procedure.use(trpcSessions(sessions))
  return t.router({
    prices: procedure.query(() => ({ tea: 3 })),
    look: procedure.query(({ ctx }) => ({ ...ctx.session.data, userId: ctx.session.userId })),
    paint: procedure.mutation(({ ctx }) => void (ctx.session.data.theme = 'dark')),
    fill: procedure.mutation(({ ctx }) => void (ctx.session.data.cart = ['tea'])),
    add: procedure.mutation(({ ctx }) => ctx.session.update((data) => (data.cart ??= []).push('tea'))),
    slow: procedure.mutation(async ({ ctx }) => {
      await isReady()
      ctx.session.data.theme = 'late'
      await ctx.session.update((data) => (data.cart ??= []).push('late'))
    }),
    signIn: procedure.mutation(({ ctx }) => ctx.session.signIn('ada', { keep: ['cart'] })),
    rotate: procedure.mutation(({ ctx }) => ctx.session.rotate()),
    reauthenticate: procedure.mutation(({ ctx }) => ctx.session.reauthenticate()),
    remember: procedure.mutation(({ ctx }) => ctx.session.remember()),
    signOut: procedure.mutation(({ ctx }) => ctx.session.end()),
    signInAndFail: procedure.mutation(({ ctx }) => {
      ctx.session.signIn('ada')
      throw new TRPCError({ code: 'BAD_REQUEST', message: 'no' })
    }),
    fail: procedure.mutation(({ ctx }) => {
      ctx.session.data.theme = 'dark'
      throw new TypeError('a bug')
    }),
    account: procedure.use(requireUser()).query(({ ctx }) => `Hello, ${ctx.userId}`),
    email: procedure.use(requireRecentSignIn('10m')).query(({ ctx }) => ctx.userId),
    watch: procedure.subscription(async function* watch({ ctx }) {
      yield await ctx.session.update((data) => (data.cart ??= []).push('watched'))
      ctx.session.data.theme = 'seen'
    }),
  })
}

export type ShopRouter = ReturnType<typeof makeRouter>
