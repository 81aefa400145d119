import './with-resolvers.mjs'
import { getRequest, setResponse } from '@sveltejs/kit/node'
import { createServer, type IncomingMessage } from 'node:http'
import { ready } from '../shop/backend.js'

interface Kit {
  init(options: { readonly env: object }): Promise<void>
  respond(
    request: Request,
    options: { readonly getClientAddress: () => string; readonly platform: object },
  ): Promise<Response>
}

// What `vite build` made of src/. In an application of yours, the adapter for Node does this.
const load = async (path: string): Promise<unknown> => import(new URL(`output/server/${path}`, import.meta.url).href)
const { Server } = (await load('index.js')) as { readonly Server: new (manifest: unknown) => Kit }
const { manifest } = (await load('manifest.js')) as { readonly manifest: unknown }
const kit = new Server(manifest)
await kit.init({ env: process.env })

function respond(incoming: IncomingMessage): Promise<Response> {
  const request = getRequest({ request: incoming, base: `http://${incoming.headers.host}` })
  return kit.respond(request, {
    getClientAddress: () => incoming.socket.remoteAddress ?? '',
    platform: { req: incoming },
  })
}

const server = createServer((incoming, outgoing) => {
  void respond(incoming).then((response) => setResponse(outgoing, response))
})
await ready(server.listen(0, '127.0.0.1'))
