import { ServerResponse } from 'node:http'
import { headersSentError } from './errors.js'
import type { HttpResponse, Method } from './http-response.js'

const mark: unique symbol = Symbol('sessera.looks-sent')

type Marked = HttpResponse & { [mark]?: boolean } & Record<HeaderMethod, Method>
type HeaderMethod = 'setHeader' | 'setHeaders' | 'appendHeader' | 'removeHeader'

function refusal(name: HeaderMethod): Method {
  return () => {
    throw headersSentError(name)
  }
}
const refusals = {
  setHeader: refusal('setHeader'),
  setHeaders: refusal('setHeaders'),
  appendHeader: refusal('appendHeader'),
  removeHeader: refusal('removeHeader'),
}

const headersSent: PropertyDescriptor = {
  configurable: true,
  get(this: Marked) {
    return this[mark] === true || (Reflect.get(ServerResponse.prototype, 'headersSent', this) as unknown)
  },
}

/**
 * Makes the head of a response look sent until the returned function is called. Only for responses as Node makes them, otherwise
 * `undefined`. All responses share the functions, and none is deleted: either would make V8 forget the shape of the response, which
 * costs more than all the rest of a write.
 */
export function markNodesHeadSent(response: HttpResponse): (() => void) | undefined {
  if (Object.getPrototypeOf(response) !== ServerResponse.prototype) return undefined
  const marked = response as Marked
  if (!hasMark(response)) {
    if (Object.hasOwn(response, 'headersSent')) return undefined
    Object.defineProperty(response, 'headersSent', headersSent)
  }
  const { setHeader, setHeaders, appendHeader, removeHeader } = marked
  marked[mark] = true
  // One by one: assignments by a variable name are slow.
  marked.setHeader = refusals.setHeader
  marked.setHeaders = refusals.setHeaders
  marked.appendHeader = refusals.appendHeader
  marked.removeHeader = refusals.removeHeader
  return () => {
    marked[mark] = false
    marked.setHeader = setHeader
    marked.setHeaders = setHeaders
    marked.appendHeader = appendHeader
    marked.removeHeader = removeHeader
  }
}

/** Whether its own property `headersSent` is the one that was added here. */
export function hasMark(response: HttpResponse): boolean {
  return mark in response
}
