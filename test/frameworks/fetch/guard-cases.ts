import { createSessions, memoryStore, type Sessions } from 'sessera'
import { fakeClock } from 'sessera/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'

/**
 * What the application of the guards' tests has: `/sign-in`, which signs in `ada` and redirects to `returnPath(request, '/home')`; behind
 * `requireUser({ redirectTo: '/login' })`: `/account` and `/login`; behind `requireUser()`: `/plain`; behind `requireRecentSignIn('10m')`:
 * `/email`; and `/unmounted`, behind a guard without sessions. All take GET and POST and respond with their own path.
 */
export interface GuardHarness {
  serve(sessions: Sessions): Promise<{ readonly origin: string; close(): Promise<void> }>
}

const page = { headers: { accept: 'text/html,*/*;q=0.8' } }

/** The guards of a framework, over real HTTP. */
export function describeGuards(framework: string, harness: GuardHarness): void {
  async function visitor(): Promise<{ browser: Browser; clock: ReturnType<typeof fakeClock>; origin: string }> {
    const clock = fakeClock()
    const store = memoryStore({ now: clock.now })
    const { origin, close } = await harness.serve(createSessions({ store, cookie: { secure: false } }))
    onTestFinished(close)
    return { browser: openBrowser(origin), clock, origin }
  }

  describe(`the guards for ${framework}`, () => {
    it('let signed-in users through, and others only where they sign in', async () => {
      const { browser } = await visitor()
      expect(await browser.visit('/login', page)).toMatchObject({ status: 200, body: '/login' })
      expect((await browser.visit('/plain', page)).status).toBe(401)
      await browser.visit('/sign-in')
      for (const path of ['/plain', '/account', '/email']) {
        expect(await browser.visit(path, page)).toMatchObject({ status: 200, body: path })
      }
    })

    it('send a browser to where it signs in, and back', async () => {
      const { browser, origin } = await visitor()
      const { status, headers } = await browser.visit('/account?part=1&all=2', page)
      const location = new URL(headers.location ?? '', origin)
      expect([status, location.pathname]).toEqual([303, '/login'])
      const signedIn = await browser.visit(`/sign-in${location.search}`, { method: 'POST' })
      expect([signedIn.status, signedIn.headers.location]).toEqual([303, '/account?part=1&all=2'])
      expect((await browser.visit('/account', page)).status).toBe(200)
    })

    it('send nobody to another origin', async () => {
      const { browser } = await visitor()
      const { headers } = await browser.visit('/sign-in?return=//evil.example')
      expect(headers.location).toBe('/home')
    })

    it('refuse what a redirect would lose, and what asked for no page', async () => {
      const { browser } = await visitor()
      expect((await browser.visit('/account', { ...page, method: 'POST' })).status).toBe(401)
      expect((await browser.visit('/account', { headers: { accept: 'application/json' } })).status).toBe(401)
    })

    it('refuse those who signed in long ago, with another status', async () => {
      const { browser, clock } = await visitor()
      expect((await browser.visit('/email')).status).toBe(401)
      await browser.visit('/sign-in')
      clock.advance(10 * 60_000)
      expect((await browser.visit('/email')).status).toBe(403)
      expect((await browser.visit('/plain')).status).toBe(200)
    })

    it('fail where no sessions are mounted', async () => {
      const { browser } = await visitor()
      await browser.visit('/sign-in')
      expect((await browser.visit('/unmounted')).status).toBe(500)
    })
  })
}
