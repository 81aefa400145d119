import type { ResponseHead } from '../response/http-response.js'

/** The headers of a `Response`, as what sets the headers of a session wants them. */
export class FetchHead implements ResponseHead {
  readonly #headers: Headers

  constructor(headers: Headers) {
    this.#headers = headers
  }

  getHeader(name: string): string | readonly string[] | undefined {
    return name === 'Set-Cookie' ? this.#headers.getSetCookie() : (this.#headers.get(name) ?? undefined)
  }

  setHeader(name: string, value: number | string | readonly string[]): void {
    if (typeof value === 'string') return this.#headers.set(name, value)
    this.#headers.delete(name)
    for (const each of [value].flat()) this.#headers.append(name, String(each))
  }
}

/** The response, or a copy if its headers cannot be changed, as those of `Response.redirect()` and of what `fetch` gave. */
export function withMutableHeaders(response: Response): Response {
  try {
    response.headers.delete('x-sessera')
    return response
  } catch {
    return new Response(response.body, response)
  }
}

// What `new Response(text)` sets itself, and types of what is sent as a whole.
const wholeTypes = /^(?:text\/plain;charset=UTF-8|application\/json\b|text\/(?:css|javascript)\b|image\/|font\/)/i

/** Whether a response has all of its body. Where it may be a stream, whatever makes it can still read the session. */
export function isWhole(response: Response): boolean {
  const { headers } = response
  if (headers.has('Content-Length')) return true
  if (!headers.has('Transfer-Encoding') && wholeTypes.test(headers.get('Content-Type') ?? '')) return true
  // Last, because to look at a body makes a stream of a text that servers would send as it is.
  return response.body === null
}
