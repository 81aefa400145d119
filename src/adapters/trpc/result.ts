import type { TRPCError } from '@trpc/server'
import type { OpenedSession } from '../../core/request/opened-session.js'
import { SesseraError } from '../../errors.js'
import { asTrpcError } from './errors.js'

/** What came of a procedure. */
type Result = { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly error: TRPCError }

/** Throws the error of Sessera that a procedure did not handle: tRPC would send its message. */
export function expected<Given extends Result>(result: Given): Given {
  if (!result.ok && result.error.code === 'INTERNAL_SERVER_ERROR' && SesseraError.is(result.error.cause))
    throw result.error.cause
  return result
}

/** Commits when the procedure is done: a generator, after its last value. Rejects as the commit does. */
export async function committed<Given extends Result>(
  result: Given,
  commit: OpenedSession<object>['commit'],
): Promise<Given> {
  if (result.ok && isAsyncIterable(result.data)) return { ...result, data: committedAtEnd(result.data, commit) }
  await commit(result.ok ? 200 : 500)
  return result
}

async function* committedAtEnd(
  values: AsyncIterable<unknown>,
  commit: OpenedSession<object>['commit'],
): AsyncGenerator {
  try {
    const returned: unknown = yield* values
    await commit()
    return returned
  } catch (error) {
    throw asTrpcError(error)
  } finally {
    // It failed, or the client has left: nobody can be told of another error.
    await Promise.resolve(commit(500)).catch(() => {})
  }
}

function isAsyncIterable(data: unknown): data is AsyncIterable<unknown> {
  return typeof (Object(data) as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function'
}
