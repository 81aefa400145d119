import { createSessions, memoryStore, type Sessions, type SessionStore } from 'sessera'
import { fakeClock } from 'sessera/testing'
import { describe, expect, it } from 'vitest'
import { openBrowser, type BrowserRequest } from '../../src/testing/browser.js'
import { formPost } from '../support/form.js'

/**
 * Serves a site of a framework, during the running test, and answers its origin:
 * - POST /login signs in ada with `keep: ['blockedRequest']`, and resumes the blocked request, or goes to /home
 * - /plain, GET and POST, needs a user, and /account/… one or a sign-in at /login; they answer the form that was sent, as JSON
 * - GET /email needs a sign-in of the last 10 minutes, or a confirmation at /confirm
 * - GET /taken takes the blocked request and answers it as JSON, or `null`
 * - GET /return answers where to return to, or /home
 * - errors have their own status, and their code as the body
 */
export type ServeShop = (sessions: Sessions, mounted?: 'not mounted') => Promise<string>

const page: BrowserRequest = { headers: { accept: 'text/html,*/*;q=0.8' } }

function form(fields: Readonly<Record<string, string>>): BrowserRequest {
  const sent = formPost(fields)
  return { ...sent, headers: { ...sent.headers, ...page.headers, 'sec-fetch-site': 'same-origin' } }
}

/** What each framework's guards make of the rules, which the cases of Express test one by one. */
export function describeGuards(framework: string, serve: ServeShop): void {
  async function shop(store?: SessionStore) {
    const clock = fakeClock()
    const sessions = createSessions({ store: store ?? memoryStore({ now: clock.now }), cookie: { secure: false } })
    const origin = await serve(sessions)
    return { clock, origin, browser: openBrowser(origin) }
  }

  describe(`the guards for ${framework}`, () => {
    it('give visitors a 401 and let users through', async () => {
      const { browser } = await shop()
      for (const request of [{}, page, form({ a: 'b' })])
        expect(await browser.visit('/plain', request)).toMatchObject({ status: 401, body: 'NOT_SIGNED_IN' })
      await browser.visit('/login', form({}))
      expect(await browser.visit('/plain', form({ a: 'b' }))).toMatchObject({ status: 200, body: '{"a":"b"}' })
    })

    it('send a browser to the login page and back to where it was, and a program away', async () => {
      const { browser, origin } = await shop()
      const blocked = await browser.visit('/account/orders?page=2', page)
      const location = '/login?return=%2Faccount%2Forders%3Fpage%3D2'
      expect(blocked).toMatchObject({ status: 303, setCookies: [], headers: { location, 'cache-control': 'private' } })
      expect(await browser.visit(location, form({}))).toMatchObject({
        status: 303,
        headers: { location: '/account/orders?page=2' },
        setCookies: [expect.any(String)],
      })
      expect((await browser.visit('/account/orders?page=2', page)).status).toBe(200)
      expect((await openBrowser(origin).visit('/account/orders')).status).toBe(401)
    })

    it('keep a form until the user has signed in, and send it again', async () => {
      const { browser } = await shop()
      const blocked = await browser.visit('/account/name', form({ name: 'Ada "A"' }))
      expect(blocked).toMatchObject({ status: 303, setCookies: [expect.any(String)] })
      const resumed = await browser.visit(blocked.headers.location!, form({}))
      expect(resumed).toMatchObject({
        status: 200,
        headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
        body: expect.stringContaining('<input type="hidden" name="name" value="Ada &#34;A&#34;">'),
      })
      expect(resumed.headers['content-security-policy']).toContain("default-src 'none'")
    })

    it('give the form to the application that takes it', async () => {
      const { browser } = await shop()
      const { headers } = await browser.visit('/account/name', form({ name: 'Ada' }))
      const { search } = new URL(headers.location!, 'http://localhost')
      const kept = { method: 'POST', url: '/account/name', body: 'name=Ada' }
      expect(JSON.parse((await browser.visit(`/taken${search}`)).body)).toEqual(kept)
      expect((await browser.visit(`/taken${search}`)).body).toBe('null')
    })

    it('ask again whoever signed in too long ago', async () => {
      const { browser, clock } = await shop()
      await browser.visit('/login', form({}))
      expect((await browser.visit('/email', page)).status).toBe(200)
      clock.advance(600_000)
      expect(await browser.visit('/email', page)).toMatchObject({
        status: 303,
        headers: { location: '/confirm?return=%2Femail' },
      })
      expect(await browser.visit('/email')).toMatchObject({ status: 403, body: 'RECENT_SIGN_IN_REQUIRED' })
    })

    it('take no outage for a visitor', async () => {
      const store = memoryStore()
      let isDown = false
      const load: SessionStore['load'] = async (handle) => {
        if (isDown) throw new Error('down')
        return store.load(handle)
      }
      const { browser } = await shop({ ...store, load })
      await browser.visit('/login', form({}))
      isDown = true
      expect(await browser.visit('/account/orders', page)).toMatchObject({ status: 503 })
    })

    it('say so where no session is mounted', async () => {
      const origin = await serve(createSessions(), 'not mounted')
      expect(await openBrowser(origin).visit('/plain')).toMatchObject({ status: 500, body: 'INVALID_ARGUMENT' })
    })

    it.each([
      ['/return?return=/a%3Fb', '/a?b'],
      ['/return?return=//evil.example', '/home'],
      ['/return', '/home'],
    ])('let nobody return elsewhere: %s', async (path, expected) => {
      const { browser } = await shop()
      expect((await browser.visit(path)).body).toBe(expected)
    })
  })
}
