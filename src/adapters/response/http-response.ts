import type { ResponseHead } from './head.js'

/** The methods by which a byte of a response can leave. */
export const sendMethods = ['writeHead', 'write', 'end', 'flushHeaders'] as const
export type SendMethod = (typeof sendMethods)[number]
export type Method = (...values: unknown[]) => unknown

/**
 * A response of any host. Node's own have all of this. Elsewhere only `end` is certain; a missing `SendMethod` is never called.
 */
export interface HttpResponse extends ResponseHead, Record<SendMethod, Method> {
  readonly headersSent?: boolean
  readonly writableEnded?: boolean
  readonly destroyed?: boolean
  readonly stream?: { close?(code: number): void } | null
  destroy?: Method
  addTrailers?(trailers: object): void
  on?(event: string, listener: Method): unknown
  emit?(event: string, value?: unknown): boolean
  rawListeners?(event: string): unknown[]
}
