import type { HttpResponse, Method, SendMethods } from './http-response.js'
import { OwnPatch } from './own-patch.js'
import { PrototypePatch } from './prototype-patch.js'
import type { CallReceiver, ResponsePatch } from './response-patch.js'
import { sharedLayerOf } from './shared-layer.js'

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
