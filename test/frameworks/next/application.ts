import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { Session, Sessions } from 'sessera'
import type { FetchHandlerOptions, NextSessions, requireRecentSignIn, requireUser } from 'sessera/next'
import { buildNext, compile, nextEnvironment } from '../../support/commands.js'
import { listen } from '../../support/listen.js'
import { ensurePackages, requireFrom } from '../../support/packages.js'

type Data = Record<string, unknown>
export type NextSession = Session<Data>

/** What the built application has of Next and of the adapter. */
export interface Tools extends NextSessions<Data> {
  readonly requireUser: typeof requireUser
  readonly requireRecentSignIn: typeof requireRecentSignIn
  notFound(): never
  redirect(location: string): never
}

/** What the built application does with a request; see `application/`. */
export interface Application {
  readonly sessions: Sessions<Data>
  readonly options?: FetchHandlerOptions
  /** Of all paths but these two. */
  respond?(tools: Tools, request: Request, context: object): Response | Promise<Response>
  /** Both parts of `/page`, which show what this returns. */
  render?(tools: Tools): unknown
  /** What the form of `/page` does. */
  act?(tools: Tools, ...given: unknown[]): unknown
}

interface NextServer {
  prepare(): Promise<void>
  getRequestHandler(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
}

await ensurePackages('frameworks/next')
const compiled = await compile()
if (!compiled.ok) throw new Error(compiled.output)
const built = await buildNext('test/frameworks/next/application')
if (!built.ok) throw new Error(built.output)

const applications = new Map<string, Application>()
Object.assign(globalThis, { sesseraApplications: applications })
Object.assign(process.env, nextEnvironment)
const next = requireFrom('frameworks/next')('next') as (options: object) => NextServer
const dir = fileURLToPath(new URL('application', import.meta.url))
const server = next({ dev: false, dir, hostname: '127.0.0.1' })
await server.prepare()
const handle = server.getRequestHandler()

/** Serves what an application does, as `next start` would: each at a port of its own, all by one Next. */
export async function serveApplication(application: Application): ReturnType<typeof listen> {
  const listening = await listen(createServer((request, response) => void handle(request, withoutOwnVary(response))))
  applications.set(new URL(listening.origin).host, application)
  return listening
}

// Every response says that pages differ by these.
const ownVary = /^(?:rsc|next-router-[\w-]+|)$/

/** The suite asks what the adapter and the application say. */
function withoutOwnVary(response: ServerResponse): ServerResponse {
  const { writeHead } = response
  const write = (...head: Parameters<typeof writeHead>): ServerResponse => {
    const names = [response.getHeader('vary') ?? []].flat().join(',').split(/, */)
    const others = names.filter((name) => !ownVary.test(name))
    response.removeHeader('vary')
    if (others.length > 0) response.setHeader('vary', others.join(', '))
    return writeHead.apply(response, head)
  }
  return Object.assign(response, { writeHead: write })
}
