import { initTRPC, type AnyTRPCRouter } from '@trpc/server'
import type { ResponseMetaFn } from '@trpc/server/http'
import type { Sessions } from 'sessera'
import type { AdapterData, AdapterHarness, AdapterResponse, AdapterRoutes } from 'sessera/testing'
import { trpcSessions } from 'sessera/trpc'
import { listen } from '../../support/listen.js'
import { createFront, type Call } from './front.js'
import { servers, type createContext } from './servers.js'

/** tRPC within one of its servers, whose procedures are the routes of the suite, and a front that calls them as a client of tRPC does. */
export function trpcHarness(server: string, call: Call): AdapterHarness {
  return {
    async serve(sessions, routes, mounts) {
      const router = makeRouter(sessions, routes, mounts)
      const application = await listen(servers[server]!({ router, sessions, mounts, responseMeta }))
      const front = await listen(createFront(application.origin, call))
      return {
        origin: front.origin,
        close: async () => void (await Promise.all([front.close(), application.close()])),
      }
    },
  }
}

const t = initTRPC.context<typeof createContext>().create()

/** A query and a mutation for each route. */
function makeRouter(sessions: Sessions<AdapterData>, routes: AdapterRoutes, mounts: number): AnyTRPCRouter {
  let procedure = t.procedure.use(trpcSessions(sessions))
  for (let mounted = 1; mounted < mounts; mounted++) procedure = procedure.use(trpcSessions(sessions))
  const procedures = Object.entries(routes).map(([path, route]) => {
    const of = { query: procedure.query(({ ctx }) => route(ctx.session)) }
    return [path.slice(1), { ...of, mutation: procedure.mutation(({ ctx }) => route(ctx.session)) }]
  })
  return t.router(Object.fromEntries(procedures) as Record<string, never>)
}

/** Status and headers that a procedure gives with its body, or that its error has: so applications set them with tRPC. */
const responseMeta: ResponseMetaFn<AnyTRPCRouter> = ({ data: [first], errors: [error] }) => {
  const { status, headers = {} } = (error?.cause ?? dataOf(first)) as AdapterResponse
  const fields = new Headers()
  for (const [name, values] of Object.entries(headers)) for (const value of [values].flat()) fields.append(name, value)
  return { ...(status !== undefined && { status }), headers: fields }
}

function dataOf(response: unknown): unknown {
  return (response as { readonly result?: { readonly data: unknown } } | undefined)?.result?.data ?? {}
}
