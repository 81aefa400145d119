import { createSessions, memoryStore } from 'sessera'
import {
  reactRouterSessions,
  requireRecentSignIn,
  requireUser,
  returnPath,
  sessionContext,
  type RouterMiddleware,
} from 'sessera/react-router'
import { afterAll, expect, it, onTestFinished, vi } from 'vitest'
import { openBrowser } from '../../../src/testing/browser.js'
import { ensurePackages } from '../../support/packages.js'
import { describeGuards, type GuardHarness } from './guard-cases.js'
import type { RouteArguments, RouteModule } from './react-router-harness.js'

await ensurePackages('frameworks/fetch')
const { listenWithRouter } = await import('./react-router-harness.js')

// What nobody handles is printed.
const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
afterAll(() => printed.mockRestore())

function behind(...middleware: RouterMiddleware[]): RouteModule {
  const respond = ({ request }: RouteArguments): Response => new Response(new URL(request.url).pathname)
  return { middleware, loader: respond, action: respond }
}

function signIn({ request, context }: RouteArguments): Response {
  context.get(sessionContext).signIn('ada')
  return new Response(null, { status: 303, headers: { Location: returnPath(request, '/home') } })
}

const serve: GuardHarness['serve'] = (sessions) => {
  const mounted = reactRouterSessions(sessions)
  const sign = { middleware: mounted, loader: signIn, action: signIn }
  const toLogin = requireUser({ redirectTo: '/login' })
  return listenWithRouter({
    root: {},
    routes: {
      '/sign-in': sign,
      '/login': behind(...mounted, toLogin),
      '/account': behind(...mounted, toLogin),
      '/page': { ...behind(...mounted, toLogin), default: () => null },
      '/plain': behind(...mounted, requireUser()),
      '/email': behind(...mounted, requireRecentSignIn('10m')),
      '/unmounted': behind(requireUser()),
    },
  })
}

describeGuards('React Router', { serve })

it('the guards for React Router redirect a navigation within the page, back to the page', async () => {
  const { origin, close } = await serve(createSessions({ store: memoryStore(), cookie: { secure: false } }))
  onTestFinished(close)
  const { status, body } = await openBrowser(origin).visit('/page.data?part=1&_routes=page')
  expect(status).toBe(202)
  expect(body).toContain('/login?return=%2Fpage%3Fpart%3D1')
})
