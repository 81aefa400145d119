import { printAndRespond } from '../fetch/error-response.js'

/** Hono's own error handling sends what `getResponse` gives, and then prints nothing; else a 500. */
export function throwWithResponse(error: unknown): never {
  if (error instanceof Error && !('getResponse' in error)) {
    Object.defineProperty(error, 'getResponse', { value: () => printAndRespond(error), configurable: true })
  }
  throw error
}
