import { statusOf } from '../response/error-status.js'

/** The response that Next makes of what `redirect()`, `notFound()` and their like throw. */
interface ThrownResponse {
  readonly status: number
  readonly location?: string
}

/** `undefined` for errors that are not Next's own. */
function thrownResponse(thrown: unknown): ThrownResponse | undefined {
  const { digest } = Object(thrown) as { readonly digest?: unknown }
  if (typeof digest !== 'string') return undefined
  const [, location, redirect] = /^NEXT_REDIRECT;[^;]*;(.*);(\d{3});$/s.exec(digest) ?? []
  if (location !== undefined) return { status: Number(redirect), location }
  const [, status] = /^NEXT_HTTP_ERROR_FALLBACK;(\d{3})$/.exec(digest) ?? []
  return status === undefined ? undefined : { status: Number(status) }
}

/** The status by which a session is stored or discarded if a Server Function throws this. */
export function thrownStatus(thrown: unknown): number {
  return thrownResponse(thrown)?.status ?? statusOf(thrown)
}

/** The response to what a Route Handler threw. Throws it again if it is not Next's own. */
export function respondToThrown(thrown: unknown): Response {
  const response = thrownResponse(thrown)
  if (response === undefined) throw thrown as Error
  const { status, location } = response
  return new Response(null, { status, headers: location === undefined ? {} : { Location: location } })
}
