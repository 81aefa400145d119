import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import type { Session } from '../../core/request/session.js'
import { InvalidArgumentError } from '../../errors.js'
import { attachmentOf, sessionOn } from '../node/attached-session.js'

/** The type of the parameter that `@CurrentSession()` marks. */
export type CurrentSession = Session

/**
 * Marks the parameter of a handler that gets the session of the request. Throws `InvalidArgumentError` where `SessionsModule` is not imported.
 *
 * @example
 * ```ts
 * @Get('cart')
 * cart(@CurrentSession() session: CurrentSession) {
 *   return session.data.cart ?? []
 * }
 * ```
 */
export const CurrentSession: () => ParameterDecorator = createParamDecorator((_, context) => currentSession(context))

function currentSession(context: ExecutionContext): unknown {
  const request: unknown = context.switchToHttp().getRequest()
  const session = sessionOn(Object(request) as object)
  if (attachmentOf(session) !== undefined) return session
  throw new InvalidArgumentError('This request has no session: import SessionsModule.forRoot({ sessions }).')
}
