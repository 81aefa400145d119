import { createServer } from 'node:http'
import { Hono } from 'hono'
import { createSessions, memoryStore } from 'sessera'
import { honoSessions, requireRecentSignIn, requireUser, returnPath, type SessionEnvironment } from 'sessera/hono'
import { afterAll, describe, expect, it, vi } from 'vitest'
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

describe('errors that no app.onError handles', () => {
  async function visit(path: string): Promise<Response> {
    const sessions = createSessions({
      store: { ...memoryStore(), insert: () => Promise.reject(new Error('down')) },
      cookie: { development: true },
    })
    const app = new Hono<SessionEnvironment>()
      .use(honoSessions(sessions))
      .get('/account', requireUser(), (c) => c.text('account'))
      .get('/sign-in', (c) => {
        c.var.session.signIn('ada')
        return c.text('signed in')
      })
    return app.request(path)
  }

  it('are printed from 500 on, with their status', async () => {
    printed.mockClear()
    expect((await visit('/sign-in')).status).toBe(503)
    expect(printed.mock.calls).toEqual([[expect.objectContaining({ code: 'STORE_UNAVAILABLE' })]])
  })

  it('are not printed below, since they are the fault of a visitor', async () => {
    printed.mockClear()
    expect((await visit('/account')).status).toBe(401)
    expect(printed).not.toHaveBeenCalled()
  })
})
