import { printError, statusOf } from '../response/error-status.js'

/** A response with an error's `status` and `headers`, or 500. No shared cache keeps it. */
export function errorResponse(error: unknown): Response {
  const { headers } = Object(error) as { readonly headers?: Readonly<Record<string, string>> }
  const status = statusOf(error)
  return new Response(null, { status, headers: { 'Cache-Control': 'private', Vary: 'Cookie', ...headers } })
}

/** The same, and prints an error of 500 and above. */
export function printAndRespond(error: unknown): Response {
  printError(error)
  return errorResponse(error)
}
