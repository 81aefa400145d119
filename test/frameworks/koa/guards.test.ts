import type { Middleware } from 'koa'
import { SesseraError } from 'sessera'
import {
  blockedRequest,
  koaSessions,
  requireRecentSignIn,
  requireUser,
  resumeBlockedRequest,
  returnPath,
} from 'sessera/koa'
import { describe } from 'vitest'
import { listenInTest } from '../../support/listen-in-test.js'
import { hasPackages, requireFrom } from '../../support/packages.js'
import { describeGuards, type ServeShop } from '../guard-cases.js'
import { makeApplication, serverOf } from './koa-harness.js'

/** What is used of @koa/router. */
interface Router {
  all(path: string, ...middleware: Middleware[]): void
  get(path: string, ...middleware: Middleware[]): void
  post(path: string, ...middleware: Middleware[]): void
  routes(): Middleware
}

const serve: ServeShop = async (sessions, mounted) => {
  const load = requireFrom('frameworks')
  const app = makeApplication()
  app.use(async (context, next) => {
    try {
      await next()
    } catch (error) {
      if (!SesseraError.is(error)) throw error
      context.status = error.status
      context.body = error.code
    }
  })
  app.use((load('@koa/bodyparser') as { bodyParser(): Middleware }).bodyParser())
  if (mounted !== 'not mounted') app.use(koaSessions(sessions, { onOutage: 'anonymous' }))
  const router = new (load('@koa/router') as { Router: new () => Router }).Router()
  const echo: Middleware = (context) => {
    context.body = (context.request as { body?: unknown }).body ?? {}
  }
  router.post('/login', (context) => {
    context.session.signIn('ada', { keep: ['blockedRequest'] })
    resumeBlockedRequest(context, '/home')
  })
  router.all('/plain', requireUser(), echo)
  router.all('/account/:part', requireUser({ redirectTo: '/login' }), echo)
  router.get('/email', requireRecentSignIn('10m', { redirectTo: '/confirm' }), echo)
  router.get('/taken', (context) => {
    context.body = JSON.stringify(blockedRequest(context) ?? null)
  })
  router.get('/return', (context) => {
    context.body = returnPath(context, '/home')
  })
  app.use(router.routes())
  return (await listenInTest(serverOf(app))).origin
}

describe.skipIf(!(await hasPackages('frameworks')))('in its framework', () => {
  describeGuards('Koa', serve)
})
