import { createServer, type RequestListener } from 'node:http'
import type { h3Sessions } from 'sessera/h3'
import { buildNitro } from '../../support/commands.js'
import { listen } from '../../support/listen.js'
import { ensurePackages } from '../../support/packages.js'

// The types of Nitro's own copy of h3 are others, and it is not always installed.
export type Middleware = ReturnType<typeof h3Sessions>
export type NitroEvent = Parameters<Middleware>[0]

/** What routes have of Nitro. */
export interface Nitro {
  readonly HTTPError: new (details: object) => Error
  redirect(location: string, status: number): unknown
  setCookie(event: NitroEvent, name: string, value: string): void
  serverFetch(path: string, init?: object): Promise<Response>
}

/** What the built application does with a request; see `application/`. */
export interface Application {
  readonly mount: Middleware
  respond(event: NitroEvent, nitro: Nitro): unknown
}

await ensurePackages('frameworks/nitro')
const built = await buildNitro('test/frameworks/nitro/application')
if (!built.ok) throw new Error(built.output)

const applications = new Map<string, Application>()
Object.assign(globalThis, { sesseraNitro: applications })
const { href } = new URL('application/build/server/index.mjs', import.meta.url)
const { middleware } = (await import(/* @vite-ignore */ href)) as { middleware: RequestListener }

/** Serves what an application does, on the server of Node: each at a port of its own, all by one Nitro. */
export async function serveApplication(application: Application): ReturnType<typeof listen> {
  const listening = await listen(createServer(middleware))
  applications.set(new URL(listening.origin).host, application)
  return listening
}
