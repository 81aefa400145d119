import { writeAfterEndError } from './errors.js'
import { rejectCall } from './held-calls.js'
import { sendMethods, type HttpResponse, type SendMethod, type SendMethods } from './http-response.js'
import type { CallReceiver, ResponsePatch } from './response-patch.js'
import type { SharedLayer, SharedPatch } from './shared-layer.js'

const bodyMethods: readonly SendMethod[] = ['write', 'end']

/** A patch by methods that all responses of a framework share. The response itself stays as it is. */
export class PrototypePatch implements ResponsePatch, SharedPatch {
  readonly original: SendMethods
  readonly #layer: SharedLayer
  readonly #response: HttpResponse
  readonly #receiver: CallReceiver
  #received: readonly SendMethod[] = sendMethods
  looksSent = false
  wasCalled = false

  constructor(layer: SharedLayer, response: HttpResponse, receiver: CallReceiver) {
    this.original = layer.original
    this.#layer = layer
    this.#response = response
    this.#receiver = receiver
    layer.add(response, this)
  }

  receives(method: SendMethod): boolean {
    return this.#received === sendMethods || this.#received.includes(method)
  }

  receive(method: SendMethod, values: unknown[]): unknown {
    this.wasCalled = true
    return this.#receiver.receive({ method, values })
  }

  markHeadSent(): void {
    this.looksSent = true
  }

  isHeadUnsent(): boolean {
    return this.#response.headersSent !== true
  }

  restore(): void {
    this.looksSent = false
  }

  remove(end: 'held' | 'free'): void {
    this.looksSent = false
    // A wrapper that came later may change the head when it is sent.
    const mayChangeHead = Object.hasOwn(this.#response, 'writeHead')
    if (end === 'held') this.#received = mayChangeHead ? ['writeHead', ...bodyMethods] : bodyMethods
    else if (mayChangeHead) this.#received = ['writeHead']
    else this.#layer.delete(this.#response)
  }

  ended(): void {
    this.#layer.replace(this.#response, endedPatch)
  }

  sendHead(setHeaders: () => void): unknown {
    setHeaders()
    return this.original.writeHead.call(this.#response, this.#response.statusCode)
  }
}

/** Of all responses that have ended. Refers to none of them: a patch keeps its response alive until the next full garbage collection. */
const endedPatch: SharedPatch = {
  wasCalled: true,
  looksSent: false,
  receives: (method) => bodyMethods.includes(method),
  receive: (method, values, response) => rejectCall(response, { method, values }, writeAfterEndError()),
}
