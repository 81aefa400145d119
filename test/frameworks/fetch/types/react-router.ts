// Against the framework's own types. Compiled and never run.
import type { LoaderFunctionArgs, MiddlewareFunction } from 'react-router'
import { createSessions, type Session, type SessionData } from 'sessera'
import { reactRouterSessions, requireRecentSignIn, requireUser, sessionContext, sessionOf } from 'sessera/react-router'
import { check, type Equals } from '../../../packaging/types/equals.js'

declare module 'sessera' {
  interface SessionData {
    cart?: string[]
  }
}

const sessions = createSessions()
export const middleware: MiddlewareFunction<Response>[] = [
  ...reactRouterSessions(sessions, { onOutage: 'anonymous' }),
  requireUser({ redirectTo: '/login' }),
  requireRecentSignIn('10m'),
]

export function loader({ context, request }: LoaderFunctionArgs): string[] {
  const session = context.get(sessionContext)
  check<Equals<typeof session, Session<SessionData>>>()
  // @ts-expect-error not a key of the data
  session.data.basket = []
  const visits = createSessions<{ visits: number }>()
  check<Equals<ReturnType<typeof sessionOf<{ visits: number }>>, Session<{ visits: number }>>>()
  return [`${sessionOf(visits, request).data.visits}`, ...(session.data.cart ?? [])]
}
