import type { TRPCError } from '@trpc/server'
import { SesseraError } from '../../errors.js'

type Code = TRPCError['code']

const codes: Readonly<Record<number, Code>> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  409: 'CONFLICT',
  503: 'SERVICE_UNAVAILABLE',
}

/**
 * An error of Sessera as one of tRPC, with the code of its status; everything else as it is. Clients see the message of a `TRPCError`, so it is
 * the error's `code`; the error itself is the `cause`.
 */
export function asTrpcError(error: unknown): unknown {
  if (!SesseraError.is(error)) return error
  // tRPC knows its errors by their name: there may be several copies of its class.
  const code = codes[error.status] ?? 'INTERNAL_SERVER_ERROR'
  return Object.assign(new Error(error.code, { cause: error }), { name: 'TRPCError', code })
}
