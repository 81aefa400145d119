import { AssertionError } from 'node:assert/strict'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'

/** How a browser asks for a page. */
export interface Visit {
  /** Default `GET`. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A `Cookie` header to send in place of what the jar holds. Cookies that come back go into the jar all the same. */
  readonly cookie?: string
  /** Leaves before the answer is there. */
  readonly signal?: AbortSignal
}

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly setCookies: readonly string[]
}

export interface Answer extends AnswerHead {
  readonly body: string
}

/** An answer whose head has come. */
export interface Arrival extends AnswerHead {
  /** The next piece of the body, as it came; `undefined` at its end. */
  next(): Promise<string | undefined>
  /** What is left of the body. */
  rest(): Promise<string>
}

/** A browser with one cookie jar for one origin. It follows no redirect and keeps no connection. */
export interface Browser {
  /** Names and values, as they are sent. */
  readonly jar: Map<string, string>
  /** The jar as a `Cookie` header. */
  cookies(): string
  /** Resolves with the whole answer. Where none comes, rejects with an `AssertionError`. */
  visit(path: string, visit?: Visit): Promise<Answer>
  /** Resolves as soon as the head has come. */
  arrive(path: string, visit?: Visit): Promise<Arrival>
}

/** No answer of a test takes that long, on a machine however busy. */
const patienceMs = 8000

/** Opens a browser; `origin` is, e.g., `http://127.0.0.1:4711`. */
export function openBrowser(origin: string): Browser {
  const jar = new Map<string, string>()
  const cookies = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')

  async function arrive(path: string, visit: Visit = {}): Promise<Arrival> {
    const arrival = await send(new URL(path, origin), { cookie: cookies(), ...visit })
    for (const setCookie of arrival.setCookies) putIntoJar(jar, setCookie)
    return arrival
  }

  async function visit(path: string, how?: Visit): Promise<Answer> {
    const { status, headers, setCookies, rest } = await arrive(path, how)
    return { status, headers, setCookies, body: await rest() }
  }

  return {
    jar,
    cookies,
    visit: (path, how) => quiet(visit(path, how)),
    arrive: (path, how) => quiet(arrive(path, how)),
  }
}

// A case that fails leaves its other visits behind; when the server goes, nobody is there to hear of them.
function quiet<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => {})
  return answer
}

function putIntoJar(jar: Map<string, string>, setCookie: string): void {
  const [pair = '', ...attributes] = setCookie.split(';').map((part) => part.trim())
  const equals = pair.indexOf('=')
  const name = pair.slice(0, equals)
  if (attributes.some(isOver)) jar.delete(name)
  else jar.set(name, pair.slice(equals + 1))
}

function isOver(attribute: string): boolean {
  const [name = '', value = ''] = attribute.split('=')
  if (name.toLowerCase() === 'max-age') return Number(value) <= 0
  return name.toLowerCase() === 'expires' && Date.parse(value) <= Date.now()
}

function send(url: URL, { method = 'GET', headers, cookie, signal }: Visit): Promise<Arrival> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      headers: { ...headers, ...(cookie === undefined || cookie === '' ? {} : { cookie }) },
      agent: false,
      timeout: patienceMs,
      ...(signal === undefined ? {} : { signal }),
    })
    sent.on('response', (message) => resolve(arrivalOf(message, url)))
    sent.on('timeout', () => sent.destroy(new Error(`nothing came for ${patienceMs} ms`)))
    sent.on('error', (cause) => reject(failureOf(url, cause)))
    sent.end()
  })
}

function arrivalOf(message: IncomingMessage, url: URL): Arrival {
  message.setEncoding('utf8')
  message.on('error', () => {}) // told by the iterator, once somebody reads on
  const chunks: AsyncIterator<string> = message[Symbol.asyncIterator]()
  async function next(): Promise<string | undefined> {
    try {
      const piece = await chunks.next()
      return piece.done === true ? undefined : piece.value
    } catch (cause) {
      throw failureOf(url, cause)
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

// An adapter that does not answer fails its case like one that answers wrongly.
function failureOf(url: URL, cause: unknown): AssertionError {
  const failure = new AssertionError({ message: `${url.pathname} was not answered: ${String(cause)}` })
  return Object.assign(failure, { cause })
}
