import type { Session } from '../../core/request/session.js'
import { nextCookies, nextHeaders } from './framework.js'
import { currentCookies } from './request-cookies.js'

/** A request that Next handles. It has only headers: a page does not learn its address. */
export interface CurrentRequest<Data extends object> {
  readonly headers: Headers
  /** The session of the Route Handler or Server Function that runs. */
  running?: Session<Data> | undefined
  /** The session of all Server Components. */
  rendered?: Promise<Session<Data>> | undefined
}

/**
 * Finds what belongs to a request, by the headers that Next gives to all parts of it. It waits as Next's `headers()` does, so whatever asks for a
 * session is never rendered in advance.
 */
export function currentRequests<Data extends object>(): () => Promise<CurrentRequest<Data>> {
  const requests = new WeakMap<Headers, CurrentRequest<Data>>()
  return async () => {
    const headers = await nextHeaders()
    const request = requests.get(headers) ?? { headers }
    requests.set(headers, request)
    return request
  }
}

/** A request as those of `fetch` are, with the cookies that it has now. Its path is always `/`. */
export async function asFetchRequest({ headers }: CurrentRequest<object>, method: string): Promise<Request> {
  const copy = new Headers(headers)
  copy.set('cookie', currentCookies(headers.get('cookie') ?? '', await nextCookies()))
  // Next itself adds the protocol, and believes what a proxy says of it.
  const protocol = headers.get('x-forwarded-proto')?.includes('https') === true ? 'https' : 'http'
  const address = `${protocol}://${headers.get('host') ?? ''}/`
  return new Request(URL.canParse(address) ? address : `${protocol}://localhost/`, { method, headers: copy })
}
