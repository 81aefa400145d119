import type { H3Event, HTTPError } from 'h3'
import { SesseraError } from '../../errors.js'
import type { ResponseHead } from '../response/http-response.js'
import { FetchHead, withMutableHeaders } from '../fetch/response-head.js'

type SetHead = (head: ResponseHead) => unknown
type OnError = (error: HTTPError, event: H3Event) => unknown

const heads = new WeakMap<H3Event, SetHead>()
const amended = new WeakSet<OnError>()

/**
 * Has a `Response` that the application's `onError` makes for this event amended by `setHead`. h3 adds the headers of an event only to what else
 * `onError` returns, and Nitro's own always returns a `Response`.
 */
export function amendErrorResponse(event: H3Event, setHead: SetHead): void {
  const config = event.app?.config
  if (config?.onError === undefined) return
  heads.set(event, setHead)
  if (amended.has(config.onError)) return
  const onError = amendedBy(config.onError)
  amended.add(onError)
  // Does nothing for an application that was frozen.
  Reflect.set(config, 'onError', onError)
}

function amendedBy(onError: OnError): OnError {
  return async (error, event) => {
    const setHead = heads.get(event)
    if (setHead === undefined) return onError(error, event)
    const made = await onError(asForeseen(error), event)
    if (!(made instanceof Response)) return made
    const response = withMutableHeaders(made)
    await setHead(new FetchHead(response.headers))
    return response
  }
}

/** Of errors that nobody foresaw, Nitro makes a 500 without headers. h3 has printed them before. */
function asForeseen(error: HTTPError): HTTPError {
  const { cause } = error
  if (!SesseraError.is(cause)) return error
  // The message is for developers.
  return Object.assign(error, { unhandled: undefined, message: cause.code, body: { code: cause.code } })
}
