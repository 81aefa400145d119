import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as sendRequest,
  type RequestListener,
  type RequestOptions,
  type Server,
  type ServerResponse,
} from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Fleet } from './fleet.js'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

// More than any backend accepts: a longer body is cut here and refused there as too long.
const maxBodyBytes = 64 * 1024
const answerWithinMs = 8_000
const patienceMs = 20_000

const stopPath = /^\/api\/backends\/(\d+)\/stop$/

// Hop-by-hop headers (RFC 9110, 7.6.1): each side of a proxy sets its own.
const ofOneConnection = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect']

/**
 * The load balancer: sends requests to the backends in turn, and resends a request whose backend died to the next one.
 *
 * A killed backend may have carried out a request without answering it, and the load balancer cannot know. Resending is safe only
 * because every request has an idempotency key, which the backend stores *together with* the change (see `changeOnce` in app.ts):
 * the second backend sees that the work is done. Signing out twice is harmless. If a backend dies between storing a sign-in and
 * answering it, the sign-in is repeated with a cookie that was already replaced: it succeeds but finds no cart to keep. Answers are
 * buffered until they are complete, so a backend may die in the middle of one.
 *
 * It serves `files` itself, by their path.
 */
export function createFront(fleet: Fleet, files: ReadonlyMap<string, RequestListener> = new Map()): Server {
  const agent = new Agent({ keepAlive: true })

  return createServer((request, response) => {
    const file = request.method === 'GET' && files.get(request.url ?? '')
    if (file) return file(request, response)
    answerThrough(fleet, agent, request, response).catch(() => response.destroy()) // the client is gone
  })
}

async function answerThrough(fleet: Fleet, agent: Agent, request: IncomingMessage, response: ServerResponse) {
  const body = await readBody(request)
  const stop = request.method === 'POST' && stopPath.exec(request.url ?? '')
  if (stop) fleet.stop(Number(stop[1])) // a remaining backend answers, so that this response has an x-backend too

  const answer = await askUntilAnswered(fleet, body, {
    agent,
    method: request.method,
    path: request.url,
    headers: {
      ...endToEnd(request.headers),
      'idempotency-key': randomUUID(),
      ...(body.length > 0 && { 'content-length': body.length }),
    },
  })
  response.statusCode = answer.status
  for (const [name, value] of Object.entries(endToEnd(answer.headers))) if (value) response.setHeader(name, value)
  response.setHeader('x-fleet', JSON.stringify(fleet.pids())) // every response tells the page which backends are up
  response.end(answer.body)
}

async function askUntilAnswered(fleet: Fleet, body: Buffer, options: RequestOptions): Promise<Answer> {
  const patience = AbortSignal.timeout(patienceMs)
  while (!patience.aborted) {
    try {
      return await ask({ ...options, port: await fleet.next(patience) }, body)
    } catch {
      // This backend died or hangs: try the next one.
    }
  }
  const message = JSON.stringify({ error: 'No backend answers; try again in a moment.' })
  return {
    status: 503,
    headers: { 'content-type': 'application/json', 'retry-after': '5' },
    body: Buffer.from(message),
  }
}

async function ask(options: RequestOptions, body: Buffer): Promise<Answer> {
  const outgoing = sendRequest({ ...options, host: '127.0.0.1', timeout: answerWithinMs })
  outgoing.on('error', () => {}) // `once` and `buffer` report it; a later one is irrelevant
  outgoing.on('timeout', () => outgoing.destroy(new Error('The backend did not answer in time.')))
  outgoing.end(body)
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (bytes < maxBodyBytes) chunks.push(chunk)
    bytes += chunk.length
  }
  return Buffer.concat(chunks)
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ofOneConnection.includes(name)))
}
