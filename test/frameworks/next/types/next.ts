// Against the framework's own types. Compiled and never run.
import type { NextRequest, NextResponse } from 'next/server.js'
import { createSessions, type Session, type SessionData } from 'sessera'
import { nextSessions, requireRecentSignIn, requireUser, returnPath } from 'sessera/next'
import { check, type Equals } from '../../../packaging/types/equals.js'

declare module 'sessera' {
  interface SessionData {
    cart?: string[]
  }
}

export const { getSession, withSession, sessionAction } = nextSessions(createSessions())
const signedIn = requireUser({ redirectTo: '/login' })
const proven = requireRecentSignIn('10m')

// What Next wants of a Route Handler.
type Context = { params: Promise<{ id: string }> }
type RouteHandler = (request: NextRequest, context: Context) => Response | Promise<Response>
declare const response: NextResponse

export const GET: RouteHandler = withSession(async (request: NextRequest, session, { params }: Context) => {
  check<Equals<typeof session, Session<SessionData>>>()
  await signedIn(session, request)
  const { id } = await params
  session.data.cart = [id, returnPath(request)]
  return response
})
export const POST: RouteHandler = withSession((_request, session) => Response.json(session.data.cart))

export const add = sessionAction(async (session, item: string, count: number) => {
  await proven(session)
  session.data.cart = Array.from({ length: count }, () => item)
  // @ts-expect-error not a key of the data
  session.data.basket = []
  return count > 1
})
check<Equals<typeof add, (item: string, count: number) => Promise<boolean>>>()
// What a form and `useActionState` want.
export const submit: (form: FormData) => Promise<void> = sessionAction((session, form: FormData) => {
  session.signIn(String(form.get('name')))
})
export const reduce: (state: number, form: FormData) => Promise<number> = sessionAction(
  (_session, state: number, _form: FormData) => state + 1,
)

export async function page(): Promise<readonly string[]> {
  const session = await getSession()
  check<Equals<typeof session, Session<SessionData>>>()
  await signedIn(session, '/cart')
  // @ts-expect-error not awaited
  await signedIn(getSession())
  return session.data.cart ?? []
}
// @ts-expect-error not an option
nextSessions(createSessions(), { secure: true })
