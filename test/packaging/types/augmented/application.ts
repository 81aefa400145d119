// A program of its own, as an augmentation holds for all of a program. Compiled and never run.
import express from 'express'
import { createSessions, type DefaultSessionData, type Session, type SessionData, type Sessions } from 'sessera'
import {
  blockedRequest,
  expressSessions,
  requireRecentSignIn,
  requireUser,
  resumeBlockedRequest,
  returnPath,
  sessionOf,
  type BlockedRequest,
} from 'sessera/express'
import { check, type Equals } from '../equals.js'

declare module 'sessera' {
  interface SessionData {
    cart: string[]
    theme?: 'light' | 'dark'
    blockedRequest?: BlockedRequest
  }
}

const sessions = createSessions()
check<Equals<typeof sessions, Sessions>>()
check<Equals<DefaultSessionData, SessionData>>()
check<Equals<Session['data'], Partial<SessionData>>>()

const application = express()
application.use(expressSessions(sessions))

application.post('/cart', async (req, res) => {
  check<Equals<typeof req.session, Session>>()
  check<Equals<typeof req.session.data.cart, string[] | undefined>>()
  check<Equals<typeof req.session.userId, string | undefined>>()
  const length = await req.session.update((data) => (data.cart ??= []).push('apple'))
  check<Equals<typeof length, number>>()
  req.session.data.theme = 'dark'
  // @ts-expect-error the cart may be missing
  req.session.data.cart.push('pear')
  // @ts-expect-error not a theme
  req.session.data.theme = 'red'
  // @ts-expect-error not a key of the data
  req.session.data.basket = []
  // @ts-expect-error a session takes no other properties
  req.session.cart = []
  res.sendStatus(204)
})

application.post('/login', (req, res) => {
  req.session.signIn('alice', { keep: ['cart'] })
  // @ts-expect-error not a key of the data
  req.session.signIn('alice', { keep: ['basket'] })
  res.redirect('/')
})

application.use((_error: unknown, req: express.Request, res: express.Response, _next: express.NextFunction) => {
  check<Equals<typeof req.session, Session>>()
  res.sendStatus(500)
})

// Guards leave the types of the handlers after them as they are.
application.use('/account', requireUser(), requireUser({ redirectTo: '/login' }))
application.post('/name', requireUser(), (req, res) => void res.send(String(req.body.name)))
application.get('/orders/:order', requireRecentSignIn('10m'), (req, res) => {
  check<Equals<typeof req.params, { order: string }>>()
  check<Equals<typeof req.session, Session>>()
  res.end(req.params.order)
})
application.post('/confirm', (req, res) => {
  req.session.signIn('alice', { keep: ['blockedRequest'] })
  check<Equals<ReturnType<typeof blockedRequest>, BlockedRequest | undefined>>()
  check<Equals<ReturnType<typeof returnPath>, string>>()
  if (blockedRequest(req) === undefined) res.redirect(returnPath(req))
  else resumeBlockedRequest(req, res, '/home')
})
// @ts-expect-error not a duration
requireRecentSignIn('soon')
// @ts-expect-error how recent?
requireRecentSignIn()
// @ts-expect-error not an option
requireUser({ redirect: '/login' })

// Types of one's own for `createSessions` go before the augmentation, and `sessionOf` hands them on.
const visits = createSessions<{ visits: number }>()
application.get('/visits', (req, res) => {
  const session = sessionOf(visits, req)
  check<Equals<typeof session, Session<{ visits: number }>>>()
  // @ts-expect-error the cart is not among these data
  void session.data.cart
  res.json(session.data.visits ?? 0)
})
