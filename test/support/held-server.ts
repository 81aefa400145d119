import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { connect, createServer as createHttp2Server, type Http2ServerResponse } from 'node:http2'
import { expect } from 'vitest'
import { holdResponse } from '../../src/adapters/response/hold-response.js'
import type { ResponseHooks } from '../../src/adapters/response/hooks.js'
import { setSessionHeaders } from '../../src/adapters/response/session-headers.js'
import { openBrowser } from '../../src/testing/browser.js'
import { listenInTest } from './listen-in-test.js'

export type Protocol = 'HTTP/1.1' | 'HTTP/2'
export type Commit = ResponseHooks<readonly string[]>['commit']

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Asking {
  readonly method?: string
  /** Leaves before the answer is there. */
  readonly signal?: AbortSignal
}

export interface HeldServer {
  readonly origin: string
  /** Rejects with what the handler threw, where it did. */
  ask(how?: Asking): Promise<Answer>
  /** Asks, and disconnects once `reached` resolves, before the answer is complete. */
  leave(reached: Promise<unknown>): Promise<void>
}

/** What is done before the first byte leaves, before the last one, and when that fails. */
interface Held {
  readonly commit: Commit
  readonly beforeEnd?: () => void | Promise<void>
  readonly onError?: (error: unknown, response: Response) => void
  readonly onAborted?: (error: unknown) => void
}

/** What a test needs of both kinds of response. */
export type Response = ServerResponse

/**
 * A server whose responses are held until `commit` is done; what it answers are the cookies to send. A handler's failure and a
 * failed commit are answered by `onError`.
 */
export async function heldServer(
  protocol: Protocol,
  { commit, beforeEnd, onAborted, onError = plainError }: Held,
  handler: (response: Response, request: object) => unknown,
): Promise<HeldServer> {
  let failure: unknown
  const answer = (request: object, given: ServerResponse | Http2ServerResponse): void => {
    const response = given as Response
    holdResponse<readonly string[]>(given, {
      commit,
      setHeaders: (setCookies) => setSessionHeaders(response, { setCookies, caching: 'untouched' }, undefined),
      ...(beforeEnd && { beforeEnd }),
      ...(onAborted && { onAborted }),
      onError: (error) => onError(error, response),
    })
    void handled(response, request)
  }
  const handled = async (response: Response, request: object): Promise<void> => {
    try {
      await handler(response, request)
    } catch (error) {
      failure = error
      response.destroy()
    }
  }
  const { origin } = await listenInTest(protocol === 'HTTP/2' ? createHttp2Server(answer) : createServer(answer))
  const ask = async (how: Asking = {}): Promise<Answer> => {
    const answered = protocol === 'HTTP/2' ? askByHttp2(origin, how) : openBrowser(origin).visit('/', how)
    await answered.catch(() => {})
    if (failure !== undefined) throw failure
    return answered
  }
  const leave = async (reached: Promise<unknown>): Promise<void> => {
    const client = new AbortController()
    const answer = ask({ signal: client.signal })
    await reached
    client.abort()
    await expect(answer).rejects.toThrow()
  }
  return { origin, ask, leave }
}

function plainError(error: unknown, response: Response): void {
  response.setHeader('Content-Type', 'text/plain')
  response.end(`failed: ${String(error)}`)
}

function askByHttp2(origin: string, { method = 'GET', signal }: Asking): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const session = connect(origin)
    session.on('error', reject)
    const stream = session.request({ ':method': method, ':path': '/' }).setEncoding('utf8')
    signal?.addEventListener('abort', () => session.destroy(new Error('The client left.')))
    let headers: IncomingHttpHeaders = {}
    let status = 0
    let body = ''
    stream.on('response', (head) => {
      status = Number(head[':status'])
      headers = head
    })
    stream.on('data', (chunk: string) => (body += chunk))
    stream.on('error', reject)
    stream.on('aborted', () => reject(new Error('was cut')))
    stream.on('close', () => {
      session.close()
      resolve({ status, headers, body })
    })
    stream.end()
  })
}
