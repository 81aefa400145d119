import type { ResponseCall, SendMethods } from './http-response.js'

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
