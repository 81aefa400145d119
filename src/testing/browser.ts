import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { cookieHeader, type CookieJar, takeCookies } from './cookie-jar.js'
import { failedAssertion } from './failed-assertion.js'

export interface BrowserRequest {
  /** Default `GET`. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A `Cookie` header to send instead of the jar's. Cookies that come back go into the jar all the same. */
  readonly cookie?: string
  readonly body?: string
  /** Disconnects before the response is complete. */
  readonly signal?: AbortSignal
}

interface ResponseHead {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly setCookies: readonly string[]
}

export interface BrowserResponse extends ResponseHead {
  readonly body: string
}

/** A response whose head has arrived. */
export interface StreamedResponse extends ResponseHead {
  /** The next chunk of the body, as it arrived; `undefined` at its end. */
  next(): Promise<string | undefined>
  /** What is left of the body. */
  rest(): Promise<string>
}

/** A browser with one cookie jar for one origin. It follows no redirects and keeps no connection open. */
export interface Browser {
  readonly jar: CookieJar
  /** The jar as a `Cookie` header. */
  cookies(): string
  /** Resolves with the whole response; if there is none, rejects with an `AssertionError`. */
  visit(path: string, request?: BrowserRequest): Promise<BrowserResponse>
  /** Resolves as soon as the head of the response has arrived. */
  arrive(path: string, request?: BrowserRequest): Promise<StreamedResponse>
}

/** No response of a test takes that long, however busy the machine. */
const patienceMs = 8000

/** Opens a browser; `origin` is, e.g., `http://127.0.0.1:4711`. A path may also be a whole URL. */
export function openBrowser(origin: string, jar: CookieJar = new Map()): Browser {
  const cookies = (): string => cookieHeader(jar)

  async function arrive(path: string, sent?: BrowserRequest): Promise<StreamedResponse> {
    const response = await send(new URL(path, origin), { cookie: cookies(), ...sent })
    takeCookies(jar, response.setCookies)
    return response
  }

  async function visit(path: string, sent?: BrowserRequest): Promise<BrowserResponse> {
    const { status, headers, setCookies, rest } = await arrive(path, sent)
    return { status, headers, setCookies, body: await rest() }
  }

  return {
    jar,
    cookies,
    visit: (path, sent) => handled(visit(path, sent)),
    arrive: (path, sent) => handled(arrive(path, sent)),
  }
}

// A case that fails leaves requests behind, which reject when the server stops.
function handled<T>(response: Promise<T>): Promise<T> {
  response.catch(() => {})
  return response
}

function send(url: URL, { method = 'GET', headers, cookie, body, signal }: BrowserRequest): Promise<StreamedResponse> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      headers: { ...headers, ...(cookie === undefined || cookie === '' ? {} : { cookie }) },
      agent: false,
      timeout: patienceMs,
      ...(signal === undefined ? {} : { signal }),
    })
    sent.on('response', (message) => resolve(responseOf(message, url)))
    sent.on('timeout', () => sent.destroy(new Error(`nothing came for ${patienceMs} ms`)))
    sent.on('error', (cause) => reject(noResponse(url, cause)))
    sent.end(body)
  })
}

function responseOf(message: IncomingMessage, url: URL): StreamedResponse {
  message.setEncoding('utf8')
  message.on('error', () => {}) // the iterator rejects with it on the next read
  const chunks: AsyncIterator<string> = message[Symbol.asyncIterator]()
  async function next(): Promise<string | undefined> {
    try {
      const chunk = await chunks.next()
      return chunk.done === true ? undefined : chunk.value
    } catch (cause) {
      throw noResponse(url, cause)
    }
  }
  async function rest(): Promise<string> {
    let text = ''
    for (let chunk = await next(); chunk !== undefined; chunk = await next()) text += chunk
    return text
  }
  const { statusCode: status = 0, headers } = message
  return { status, headers, setCookies: headers['set-cookie'] ?? [], next, rest }
}

function noResponse(url: URL, cause: unknown): Error {
  return failedAssertion(`no response from ${url.pathname}`, cause)
}
