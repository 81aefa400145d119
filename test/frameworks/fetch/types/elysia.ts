// Against the framework's own types. Compiled and never run.
import { Elysia } from 'elysia'
import { createSessions, type Session, type SessionData } from 'sessera'
import { elysiaSessions, requireRecentSignIn, requireUser, returnPath } from 'sessera/elysia'
import { check, type Equals } from '../../../packaging/types/equals.js'

const { wrap, derive } = elysiaSessions(createSessions())
new Elysia()
  .wrap(wrap)
  .derive({ as: 'global' }, derive)
  .get('/cart', ({ session, request }) => {
    check<Equals<typeof session, Session<SessionData>>>()
    // @ts-expect-error not a key of the data
    session.data.basket = []
    return [returnPath(request), ...(session.data.cart ?? [])]
  })
  .get('/account', () => 'account', { beforeHandle: requireUser({ redirectTo: '/login' }) })
  .guard({ beforeHandle: requireRecentSignIn('10m') })

const visits = elysiaSessions(createSessions<{ visits: number }>())
new Elysia()
  .wrap(visits.wrap)
  .derive(visits.derive)
  .get('/', ({ session }) => {
    check<Equals<typeof session, Session<{ visits: number }>>>()
    return session.data.visits ?? 0
  })
// @ts-expect-error not an option
elysiaSessions(createSessions(), { secure: true })
