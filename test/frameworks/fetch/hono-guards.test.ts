import { createServer } from 'node:http'
import { Hono } from 'hono'
import { honoSessions, requireRecentSignIn, requireUser, returnPath, type SessionEnvironment } from 'sessera/hono'
import { afterAll, vi } from 'vitest'
import { listen } from '../../support/listen.js'
import { ensurePackages, requireFrom } from '../../support/packages.js'
import { describeGuards } from './guard-cases.js'

await ensurePackages('frameworks/fetch')
const { getRequestListener } = requireFrom('frameworks/fetch')('@hono/node-server') as {
  getRequestListener(fetch: Hono<SessionEnvironment>['fetch']): Parameters<typeof createServer>[1]
}

// Hono prints the errors that nobody handles.
const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
afterAll(() => printed.mockRestore())

describeGuards('Hono', {
  serve(sessions) {
    const app = new Hono<SessionEnvironment>()
    app.all('/unmounted', requireUser(), (c) => c.text('/unmounted'))
    app.use(honoSessions(sessions))
    app.all('/sign-in', (c) => {
      c.var.session.signIn('ada')
      return c.redirect(returnPath(c.req.raw, '/home'), 303)
    })
    app.on(['GET', 'POST'], ['/account', '/login'], requireUser({ redirectTo: '/login' }), (c) => c.text(c.req.path))
    app.all('/plain', requireUser(), (c) => c.text(c.req.path))
    app.all('/email', requireRecentSignIn('10m'), (c) => c.text(c.req.path))
    return listen(createServer(getRequestListener(app.fetch)))
  },
})
