import type { AnyTRPCRouter, TRPCError } from '@trpc/server'
import { createExpressMiddleware } from '@trpc/server/adapters/express'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import type { ResponseMetaFn } from '@trpc/server/http'
import express from 'express'
import { H3, toNodeHandler } from 'h3'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { Sessions } from 'sessera'
import { expressSessions } from 'sessera/express'
import { fetchSessions } from 'sessera/fetch'
import { httpSessions } from 'sessera/http'
import type { TrpcRequest } from 'sessera/trpc'

export interface ServedRouter<Data extends object> {
  /** Its context must be that of `createContext`. */
  readonly router: AnyTRPCRouter
  readonly sessions: Sessions<Data>
  readonly onError?: (failed: { error: TRPCError }) => void
  readonly responseMeta?: ResponseMetaFn<AnyTRPCRouter>
  readonly onOutage?: 'fail' | 'anonymous'
  /** How often the sessions are mounted. */
  readonly mounts?: number
}

export const createContext = ({ req }: { req: TrpcRequest }): { req: TrpcRequest } => ({ req })

/** A router at `/trpc`, within the servers that tRPC knows, each with the adapter of its own. */
export const servers: Readonly<Record<string, <Data extends object>(served: ServedRouter<Data>) => Server>> = {
  Express({ sessions, onOutage = 'fail', mounts = 1, ...options }) {
    const app = express()
    for (let mount = 0; mount < mounts; mount++) app.use(expressSessions(sessions, { onOutage }))
    app.use('/trpc', createExpressMiddleware({ ...options, createContext }))
    app.use(((error, _request, response, _next) => {
      const { status, headers } = headOf(error)
      response.status(status).set(headers).end()
    }) satisfies express.ErrorRequestHandler)
    return createServer(app)
  },

  'the standalone server'({ sessions, onOutage = 'fail', mounts = 1, ...options }) {
    const handle = createHTTPHandler({ ...options, basePath: '/trpc/', createContext })
    const onError = (error: unknown, _request: unknown, response: { writeHead: WriteHead }): void => {
      const { status, headers } = headOf(error)
      response.writeHead(status, headers).end()
    }
    let listener: RequestListener = (request, response) => handle(request, response)
    for (let mount = 0; mount < mounts; mount++) {
      const inner = listener
      listener = httpSessions(sessions, (request, response) => inner(request, response), { onOutage, onError })
    }
    return createServer(listener)
  },

  'a server of fetch'({ sessions, onOutage = 'fail', mounts = 1, ...options }) {
    const onError = (error: unknown): Response => {
      const { status, headers } = headOf(error)
      return new Response(null, { status, headers: { 'Cache-Control': 'private', Vary: 'Cookie', ...headers } })
    }
    let handle = (req: Request): Promise<Response> =>
      fetchRequestHandler({ ...options, endpoint: '/trpc', req, createContext })
    for (let mount = 0; mount < mounts; mount++) {
      const inner = handle
      handle = fetchSessions(sessions, (request) => inner(request), { onOutage, onError })
    }
    return createServer(toNodeHandler(new H3().all('/**', ({ req }) => handle(req as Request))) as RequestListener)
  },
}

type WriteHead = (status: number, headers: Record<string, string>) => { end(): unknown }

/** The head of the response to an error that reaches the server. The tests make errors on purpose; the defaults would print them. */
function headOf(error: unknown): { status: number; headers: Record<string, string> } {
  const { status = 500, headers = {} } = error as { status?: number; headers?: Record<string, string> }
  return { status, headers }
}
