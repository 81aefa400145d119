import { createServer, request as send, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

/** How a route is called: as a query or a mutation of `httpLink`, or as the only query of a batch of `httpBatchLink`. */
export type Call = 'query' | 'mutation' | 'batch'

/**
 * A server of plain HTTP, which calls a procedure of the same name for each request. Status and headers are those that the server of tRPC sent; only what
 * tRPC wraps is unwrapped: the body, its type and length, and `Vary`, which begins with tRPC's own fields.
 */
export function createFront(origin: string, call: Call): Server {
  return createServer((request, response) => {
    const forwarded = send(`${origin}${pathOf(request, call)}`, {
      method: call === 'mutation' && request.method === 'GET' ? 'POST' : request.method,
      headers: { ...request.headers, ...(call === 'mutation' && { 'content-type': 'application/json' }) },
      agent: false,
    })
    const pass = (answer: IncomingMessage): void => void passOn(answer, response).catch(() => response.destroy())
    forwarded.on('response', pass).on('error', () => response.destroy())
    response.on('close', () => forwarded.destroy()) // the visitor leaves
    forwarded.end()
  })
}

function pathOf({ url = '' }: IncomingMessage, call: Call): string {
  return call === 'batch' ? `/trpc${url}.query?batch=1` : `/trpc${url}.${call}`
}

async function passOn(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  const isWrapped = answer.headers['content-type'] === 'application/json'
  for (const [name, value] of Object.entries(answer.headersDistinct)) {
    if (name === 'vary') setVary(response, String(value))
    else if (!/^(?:connection|content-length|keep-alive|transfer-encoding)$/.test(name) && value !== undefined)
      response.setHeader(name, value)
  }
  if (isWrapped) response.removeHeader('content-type')
  response.writeHead(answer.statusCode as number).flushHeaders() // at once: a case looks when they come
  const body = await text(answer)
  response.end(isWrapped ? unwrap(body) : body)
}

// Those of tRPC stand first, also in the server's own response in place of one of tRPC.
function setVary(response: ServerResponse, value: string): void {
  const [, others] = /^trpc-accept, accept(?:, (.+))?$/.exec(value) ?? [undefined, value]
  if (others !== undefined) response.setHeader('Vary', others)
}

interface Wrapped {
  readonly result?: { readonly data: { readonly body?: string } }
  readonly error?: { readonly message: string }
}

/** The body of a route, or the message of its error. */
function unwrap(json: string): string {
  const [{ result, error } = {} as Wrapped] = [JSON.parse(json) as Wrapped | Wrapped[]].flat()
  return result?.data.body ?? error?.message ?? ''
}
