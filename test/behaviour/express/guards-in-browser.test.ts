import { createServer } from 'node:http'
import express from 'express'
import { createSessions, memoryStore } from 'sessera'
import { expressSessions, requireRecentSignIn, requireUser, resumeBlockedRequest } from 'sessera/express'
import { fakeClock } from 'sessera/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { chromiumPath, launchChromium, type Browser, type Page } from '../../support/chromium.js'
import { listenInTest } from '../../support/listen-in-test.js'

/** A shop whose own policies forbid scripts and referrers, as security middleware does. */
async function openShop() {
  const clock = fakeClock()
  const sessions = createSessions({
    store: memoryStore({ now: clock.now }),
    cookie: { secure: false },
    idleTimeout: '2h',
  })
  const app = express()
  app.use((_request, response, next) => {
    response.set({ 'Content-Security-Policy': "default-src 'self'", 'Referrer-Policy': 'no-referrer' })
    next()
  })
  app.use(express.urlencoded({ extended: false }), expressSessions(sessions))
  const ask = (fields: string) => `<!doctype html><form method="post">${fields}<button>Go</button></form>`
  app.get('/login', (_request, response) => response.send(ask('<input name="name">')))
  app.post('/login', (request, response) => {
    request.session.signIn(request.body.name, { keep: ['blockedRequest'] })
    resumeBlockedRequest(request, response)
  })
  app.get('/confirm', (_request, response) => response.send(ask('<input name="password">')))
  app.post('/confirm', (request, response) => {
    request.session.reauthenticate()
    resumeBlockedRequest(request, response)
  })
  app.get(['/note', '/transfer'], (_request, response) =>
    response.send(ask('<textarea name="text"></textarea><input type="hidden" name="submit" value="&quot;yes&quot;">')),
  )
  const show: express.RequestHandler = (request, response) =>
    void response.send(`<!doctype html><p id="done">${encodeURIComponent(JSON.stringify(request.body))}</p>`)
  app.post('/note', requireUser({ redirectTo: '/login' }), show)
  app.post('/transfer', requireRecentSignIn('10m', { redirectTo: '/confirm' }), show)
  app.get('/', (_request, response) => response.send('<!doctype html><p id="done">home</p>'))
  return { clock, ...(await listenInTest(createServer(app))) }
}

const text = 'Ünïcode & "quotes"\nand a second line'
const sent = encodeURIComponent(JSON.stringify({ text: text.replace('\n', '\r\n'), submit: '"yes"' }))

describe.skipIf(chromiumPath === undefined)('a blocked form in Chromium', { timeout: 60_000 }, () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launchChromium(chromiumPath as string)
  }, 120_000)
  afterAll(() => browser?.close())

  const openPage = () => browser.newPage({ viewport: { width: 800, height: 600 }, colorScheme: 'light' })
  const shows = (page: Page, expected: string): Promise<void> =>
    vi.waitFor(async () => expect(await page.textContent('#done')).toBe(expected), { timeout: 15_000, interval: 50 })

  it('waits for the button after a sign-in, and sends itself after a re-authentication; nothing is lost', async () => {
    const { origin, clock } = await openShop()
    const page = await openPage()
    await page.goto(`${origin}/note`)
    await page.fill('textarea', text)
    await page.click('button')
    await page.fill('[name=name]', 'ada')
    await page.click('button')
    expect(await page.textContent('button')).toBe('Continue')
    await page.keyboard.press('Enter')
    await shows(page, sent)

    clock.advance(3_600_000)
    await page.goto(`${origin}/transfer`)
    await page.fill('textarea', text)
    await page.click('button')
    await page.fill('[name=password]', 'right')
    await page.click('button')
    await shows(page, sent)
    await page.close()
  })
})
