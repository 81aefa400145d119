// Against the framework's own types. Compiled and never run.
import type { RequestEvent } from '@sveltejs/kit'
import { sequence, type Handle } from '@sveltejs/kit/hooks'
import { createSessions, type Session, type SessionData } from 'sessera'
import { requireRecentSignIn, requireUser, returnPath, svelteKitSessions } from 'sessera/sveltekit'
import { check, type Equals } from '../../../packaging/types/equals.js'

declare module 'sessera' {
  interface SessionData {
    cart?: string[]
  }
}

const sessions = createSessions()
const signedIn = requireUser({ redirectTo: '/login' })
const guard: Handle = (input) =>
  input.event.route.id?.startsWith('/account') ? signedIn(input) : input.resolve(input.event)

export const handle: Handle = sequence(svelteKitSessions(sessions), guard, requireRecentSignIn('10m'))

export function load({ locals, request }: RequestEvent): string {
  check<Equals<typeof locals.session, Session<SessionData>>>()
  // @ts-expect-error not a key of the data
  locals.session.data.basket = []
  return returnPath(request)
}
// @ts-expect-error not an option
svelteKitSessions(sessions, { secure: true })
