import { redirect } from '@tanstack/react-router'
import { createMiddleware, createServerFn } from '@tanstack/react-start'

export const signedIn = createMiddleware().server(({ context, next, pathname }) => {
  if (context.session.userId !== undefined) return next()
  throw redirect({ to: '/login', search: { return: pathname } })
})

const act = ({ context: { application, session, tools } }) => application.act(session, tools)
const load = ({ context: { application, session, tools } }) => application.load(session, tools)

export const runAction = createServerFn({ method: 'POST' }).handler(act)
export const runSignedIn = createServerFn({ method: 'POST' }).middleware([signedIn]).handler(act)
export const loadPage = createServerFn().handler(load)
