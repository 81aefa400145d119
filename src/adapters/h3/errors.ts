import type { H3Event } from 'h3'
import { statusOf } from '../response/error-status.js'
import { makePrivate } from '../response/session-headers.js'
import { MergedHead } from './merged-head.js'
import { amendErrorResponse } from './on-error.js'

/** Throws an error that h3 sends with its status and headers, and that no shared cache keeps. */
export function refuseEvent(event: H3Event, error: unknown): never {
  // An object that `onError` returns gets the one, everything else the other.
  for (const headers of [event.res.headers, event.res.errHeaders]) makePrivate(new MergedHead(undefined, headers))
  amendErrorResponse(event, makePrivate)
  throw asExpected(error)
}

/** h3 prints errors that are not its own as unhandled ones. A refusal is none. */
function asExpected(error: unknown): unknown {
  const status = statusOf(error)
  if (!(error instanceof Error) || status >= 500) return error
  const { headers, code } = error as { readonly headers?: Readonly<Record<string, string>>; readonly code?: string }
  // The message is for developers.
  const toJSON = (): object => ({ status, code, message: code ?? error.message })
  return Object.defineProperties(error, {
    name: { value: 'HTTPError', configurable: true },
    headers: { value: new Headers(headers), configurable: true },
    toJSON: { value: toJSON, configurable: true },
  })
}
