import { createServer, type RequestListener } from 'node:http'
import type { Session } from 'sessera'
import { buildTanStackStart } from '../../support/commands.js'
import { listen } from '../../support/listen.js'
import { ensurePackages, pathInPackages } from '../../support/packages.js'

/** What the built application has of TanStack Start. */
export interface Tools {
  notFound(): unknown
  redirect(options: { href: string; statusCode?: number }): Response
  setCookie(name: string, value: string): void
  setResponseStatus(status: number): void
}

/** TanStack Start itself. */
export type Start = (session: Session, request: Request) => Response | Promise<Response>

type Respond<Given extends unknown[]> = (session: Session, ...given: [...Given, Tools]) => unknown

/** What the built application does with a request; see `application/`. */
export interface Application {
  serve(request: Request, start: Start): Response | Promise<Response>
  /** A server route, of `POST /login` and of all paths that have no page. */
  readonly respond?: Respond<[Request]>
  /** The loader of `/page`, which shows what this returns. */
  readonly load?: Respond<[]>
  /** Two server functions, one of them for signed-in users only. */
  readonly act?: Respond<[]>
}

await ensurePackages('frameworks/tanstack-start')
const built = await buildTanStackStart('test/frameworks/tanstack-start/application')
if (!built.ok) throw new Error(built.output)

const applications = new Map<string, Application>()
Object.assign(globalThis, { sesseraStart: applications })
const load = async (path: string): Promise<unknown> => import(/* @vite-ignore */ path)
type ServerEntry = Record<'fetch', (request: Request) => Promise<Response>>
const { href } = new URL('application/build/server/server.js', import.meta.url)
const { default: entry } = (await load(href)) as { default: ServerEntry }
const srvx = pathInPackages('frameworks/tanstack-start', 'srvx/dist/adapters/node.mjs')
const { toNodeHandler } = (await load(srvx)) as { toNodeHandler(fetch: ServerEntry['fetch']): RequestListener }

/** Serves what an application does, on the server of Node: each at a port of its own, all by one TanStack Start. */
export async function serveApplication(application: Application): ReturnType<typeof listen> {
  const listening = await listen(createServer(toNodeHandler(entry.fetch)))
  applications.set(new URL(listening.origin).host, application)
  return listening
}
