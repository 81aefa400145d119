import type { H3Event } from 'h3'
import { atBodyEnd, atStreamEnd } from '../fetch/body-end.js'
import { isWhole, withMutableHeaders } from '../fetch/response-head.js'
import { statusOf } from '../response/error-status.js'
import { MergedHead } from './merged-head.js'

/** What the handlers of a request left for h3 to make a response of. */
export type Outcome = Returned | Thrown

interface Described {
  readonly status: number
  /** Where the headers of the session go. */
  readonly heads: readonly MergedHead[]
  readonly isWhole: boolean
  /** Whether h3 makes the response of an error. */
  readonly isError: boolean
  whenBodyEnds(listener: () => void): void
}

interface Returned extends Described {
  readonly kind: 'returned'
  value: unknown
}

interface Thrown extends Described {
  readonly kind: 'thrown'
  readonly error: unknown
}

/** h3's `HTTPResponse`, also of another copy of h3. */
interface PreparedResponse {
  readonly status?: number
  readonly headers: Headers
  body?: unknown
}

const isPreparedResponse: unique symbol = Symbol.for('h3.HTTPResponse') as never
const notFound = Symbol.for('h3.notFound')

export async function outcomeOf(event: H3Event, next: () => unknown): Promise<Outcome> {
  try {
    const value = await next()
    if (value instanceof Response) return ofResponse(event, value)
    // h3 takes these as if they had been thrown.
    if (value === notFound) return { kind: 'returned', value, ...describeError(event, 404) }
    if (value instanceof Error) return { kind: 'returned', value, ...describeError(event, statusOf(value)) }
    return ofValue(event, value)
  } catch (error) {
    return { kind: 'thrown', error, ...describeError(event, statusOf(error)) }
  }
}

/** Leaves nothing of it that could be sent with an error. */
export function discardOutcome(event: H3Event, outcome: Outcome): void {
  const { res } = event
  for (const name of new Set(res.headers.keys())) res.headers.delete(name)
  delete res.status
  delete res.statusText
  if (outcome.kind === 'thrown') return
  const stream = streamIn(outcome.value)
  stream?.cancel().catch(() => {})
}

function ofResponse({ res }: H3Event, value: Response): Returned {
  const response = withMutableHeaders(value)
  const returned: Returned = {
    kind: 'returned',
    value: response,
    status: response.status,
    heads: [new MergedHead(response.headers, response.status >= 400 ? res.errHeaders : res.headers)],
    isWhole: isWhole(response),
    isError: false,
    whenBodyEnds(listener) {
      returned.value = atBodyEnd(response, listener)
    },
  }
  return returned
}

function ofValue({ res }: H3Event, value: unknown): Returned {
  const prepared = isPrepared(value) ? value : undefined
  const stream = streamIn(value)
  const returned: Returned = {
    kind: 'returned',
    value,
    status: prepared?.status ?? res.status ?? 200,
    heads: [new MergedHead(prepared?.headers, res.headers)],
    isWhole: stream === undefined,
    isError: false,
    whenBodyEnds(listener) {
      if (stream === undefined) return listener()
      const watched = atStreamEnd(stream, listener)
      if (prepared === undefined) returned.value = watched
      else prepared.body = watched
    },
  }
  return returned
}

/** h3 sends `errHeaders` with an error, but `headers` with an object that `onError` returns. */
function describeError({ res }: H3Event, status: number): Described {
  const heads = [new MergedHead(undefined, res.errHeaders), new MergedHead(undefined, res.headers)]
  return { status, heads, isWhole: true, isError: true, whenBodyEnds: (listener) => listener() }
}

function streamIn(value: unknown): ReadableStream<unknown> | undefined {
  const body = value instanceof Response || isPrepared(value) ? value.body : value
  return body instanceof ReadableStream ? body : undefined
}

function isPrepared(value: unknown): value is PreparedResponse {
  return (Object(value) as { readonly [isPreparedResponse]?: unknown })[isPreparedResponse] === true
}
