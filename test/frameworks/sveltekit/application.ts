import '../../../examples/frameworks/sveltekit/with-resolvers.mjs'
import { createServer, type IncomingMessage } from 'node:http'
import type { Session } from 'sessera'
import type { KitEvent, KitHandle } from 'sessera/sveltekit'
import { buildSvelteKit } from '../../support/commands.js'
import { listen } from '../../support/listen.js'
import { ensurePackages, pathInPackages } from '../../support/packages.js'

/** What routes get. */
export interface RouteEvent extends KitEvent {
  readonly locals: { readonly session: Session }
}

/** What throws as SvelteKit does. */
export interface Kit {
  error(status: number, message: string): never
  redirect(status: number, location: string): never
}

/** What the built application does with a request; see `application/src/`. */
export interface Application {
  handle(input: Parameters<KitHandle>[0], kit: Kit): Response | Promise<Response>
  handleError?(error: unknown): void
  /** Of all paths but `/page`. */
  respond?(event: RouteEvent, kit: Kit): Response | Promise<Response>
  /** Of `/page`. */
  load?(event: RouteEvent, kit: Kit): object | undefined | Promise<object>
  act?(event: RouteEvent, kit: Kit): object | undefined
}

interface KitServer {
  init(options: { env: object }): Promise<void>
  respond(request: Request, options: { getClientAddress: () => string; platform: object }): Promise<Response>
}

await ensurePackages('frameworks/sveltekit')
const built = await buildSvelteKit('test/frameworks/sveltekit/application')
if (!built.ok) throw new Error(built.output)
const load = async (path: string): Promise<unknown> => import(/* @vite-ignore */ path)
const output = new URL('application/.svelte-kit/output/server/', import.meta.url).href
const { Server } = (await load(`${output}index.js`)) as { Server: new (manifest: unknown) => KitServer }
const { manifest } = (await load(`${output}manifest.js`)) as { manifest: unknown }
const server = new Server(manifest)
await server.init({ env: {} })

const nodeHelpers = pathInPackages('frameworks/sveltekit', '@sveltejs/kit/src/exports/node/index.js')
const { getRequest, setResponse } = (await load(nodeHelpers)) as {
  getRequest(options: { request: IncomingMessage; base: string }): Promise<Request>
  setResponse(to: unknown, response: Response): Promise<void>
}

/** On the server of Node, as `@sveltejs/adapter-node` does it. */
export function serveApplication(application: Application): ReturnType<typeof listen> {
  return listen(
    createServer((incoming, outgoing) => {
      const answer = async (): Promise<void> => {
        const base = `http://${incoming.headers.host}`
        const platform = { ...application, req: incoming }
        const options = { getClientAddress: () => '127.0.0.1', platform }
        await setResponse(outgoing, await server.respond(await getRequest({ request: incoming, base }), options))
      }
      void answer()
    }),
  )
}
