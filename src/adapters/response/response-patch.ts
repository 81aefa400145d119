import type { HttpResponse, Method, ResponseCall, SendMethods } from './http-response.js'
import { OwnPatch } from './own-patch.js'
import { PrototypePatch } from './prototype-patch.js'
import { sharedLayerOf } from './shared-layer.js'

/** Receives what is called on a patched response. */
export interface CallReceiver {
  receive(call: ResponseCall): unknown
}

/** Sends the calls of one response's methods to a receiver. */
export interface ResponsePatch {
  /** The methods as they were before. */
  readonly original: SendMethods
  /** Makes the head look sent until `restore`. */
  markHeadSent(): void
  /** Whether the head is unsent, according to Node. */
  isHeadUnsent(): boolean
  /** Undoes `markHeadSent`. */
  restore(): void
  /**
   * Stops receiving calls, except those still needed: those of the body if its end is held, and `writeHead` if a wrapper, above or below,
   * may change the head when it is sent. Methods that were wrapped meanwhile stay wrapped and still call this patch.
   */
  remove(end: 'held' | 'free'): void
  /** The response has ended: all that is left is to reject further calls. */
  ended(): void
  /** Sends the head with the headers that `setHeaders` sets, also after wrappers below the patch have changed it. */
  sendHead(setHeaders: () => void): unknown
}

/** Patches a response in the way that costs least. */
export function patchResponse(response: HttpResponse, receiver: CallReceiver): ResponsePatch {
  const layer = sharedLayerOf(response)
  const isShared = layer?.accepts(response) === true
  return isShared ? new PrototypePatch(layer, response, receiver) : new OwnPatch(response, receiver)
}

/**
 * Removes later wrappers, which may hold half of a discarded response, and sends the head by `writeHead`. Wrappers that have not seen a
 * head yet keep their `writeHead`.
 */
export function removeWrappers(
  response: HttpResponse,
  original: SendMethods,
  head: 'open' | 'announced',
  writeHead: Method,
): void {
  if (typeof original.flushHeaders === 'function') response.flushHeaders = original.flushHeaders
  if (typeof response.writeHead !== 'function') return
  if (head === 'announced' || response.writeHead === original.writeHead) response.writeHead = writeHead
}
