import { initTRPC, TRPCError } from '@trpc/server'
import { createExpressMiddleware } from '@trpc/server/adapters/express'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import express from 'express'
import { H3, toNodeHandler } from 'h3'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { Sessions } from 'sessera'
import { expressSessions } from 'sessera/express'
import { fetchSessions } from 'sessera/fetch'
import { httpSessions } from 'sessera/http'
import { requireRecentSignIn, requireUser, trpcSessions, type TrpcRequest } from 'sessera/trpc'

export interface ShopData {
  cart?: string[]
  theme?: string
}

const createContext = ({ req }: { req: TrpcRequest }): { req: TrpcRequest } => ({ req })
const t = initTRPC.context<typeof createContext>().create()

/** `isReady` holds a slow procedure before it changes anything. */
export function makeRouter(sessions: Sessions<ShopData>, isReady: () => Promise<void>) {
  const procedure = t.procedure.use(trpcSessions(sessions))
  return t.router({
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

interface ShopOptions {
  readonly router: ShopRouter
  readonly sessions: Sessions<ShopData>
  readonly onError: (failed: { error: TRPCError }) => void
}

/** The servers around tRPC, each with the adapter of its own. */
export const servers: Readonly<Record<string, (options: ShopOptions) => Server>> = {
  Express({ sessions, ...options }) {
    const app = express()
    app.use(expressSessions(sessions, { onOutage: 'anonymous' }))
    app.use('/trpc', createExpressMiddleware({ ...options, createContext }))
    // The tests make errors on purpose; the default would print them.
    app.use(((error: { status?: number }, _request, response, _next) => {
      response.status(error.status ?? 500).end()
    }) satisfies express.ErrorRequestHandler)
    return createServer(app)
  },
  'the standalone server'({ sessions, ...options }) {
    const handle = createHTTPHandler({ ...options, basePath: '/trpc/', createContext })
    return createServer(
      httpSessions(sessions, (request, response) => handle(request, response), {
        onOutage: 'anonymous',
        onError: (error, _request, response) => response.writeHead((error as { status: number }).status).end(),
      }),
    )
  },
  'a server of fetch'({ sessions, ...options }) {
    const handle = fetchSessions(
      sessions,
      (req) => fetchRequestHandler({ ...options, endpoint: '/trpc', req, createContext }),
      {
        onOutage: 'anonymous',
        onError: (error) => new Response(null, { status: (error as { status: number }).status }),
      },
    )
    return createServer(toNodeHandler(new H3().all('/**', ({ req }) => handle(req as Request))) as RequestListener)
  },
}
