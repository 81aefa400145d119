import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Browser, chromiumPath, launchChromium, type Page, type PageOptions } from '../support/chromium.js'
import { type Demo, endDemo, startDemo } from './demo.js'

const iPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'

describe.skipIf(chromiumPath === undefined)('two browsers of one user', { timeout: 60_000 }, () => {
  let demo: Demo
  let address: string
  let browser: Browser
  beforeAll(async () => {
    demo = startDemo()
    ;[address, browser] = await Promise.all([demo.ready, launchChromium(chromiumPath as string)])
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await endDemo(demo)
  })

  const shows = (page: Page, selector: string, text: string): Promise<void> =>
    vi.waitFor(async () => expect(await page.textContent(selector)).toContain(text), { timeout: 15_000, interval: 50 })

  const isShown = (page: Page): Promise<unknown> => page.evaluate(`!document.querySelector('#devices').hidden`)

  async function signIn(name: string, options: PageOptions, prepare?: (page: Page) => Promise<void>): Promise<Page> {
    const page = await browser.newPage(options)
    await prepare?.(page)
    await page.goto(address)
    await page.fill('#name', name)
    await page.click('#sign-in button')
    await shows(page, '#user', name)
    await vi.waitFor(async () => expect(await isShown(page)).toBe(true), { timeout: 15_000 })
    return page
  }

  const laptop: PageOptions = { viewport: { width: 1280, height: 1100 }, colorScheme: 'light' }
  const phone: PageOptions = { viewport: { width: 375, height: 800 }, colorScheme: 'dark', userAgent: iPhone }

  it('see each other, end each other at once, and read in the journal how it was', async () => {
    const [one, other] = [await signIn('Grace', laptop), await signIn('Grace', phone)]
    await shows(one, '#device-list', 'Safari 18 on iOS')
    await shows(other, '#device-list', 'Chrome')
    expect(await other.evaluate('document.documentElement.scrollWidth')).toBe(375)

    await one.click('#device-list li:not(:has(button[hidden])) button')
    await shows(other, '#user', 'nobody')
    await shows(other, '#news', 'You were signed out from another session.')
    expect(await isShown(other)).toBe(false)
    await shows(one, '#journal', 'Safari 18 on iOS, signed out from another session')
    await shows(one, '#user', 'Grace')
  })

  it('say so also when the news of the end comes after the page has seen it', async () => {
    const newsComesLast = (page: Page): Promise<void> =>
      page.route('**/api/ended*', async (route) => {
        await shows(page, '#user', 'nobody')
        await route.continue()
      })
    const [one, other] = [await signIn('Ada', laptop), await signIn('Ada', phone, newsComesLast)]
    await shows(one, '#device-list', 'Safari 18 on iOS')
    await one.click('#device-list li:not(:has(button[hidden])) button')
    await shows(other, '#news', 'You were signed out from another session.')
  })

  it('sign out everywhere else, and stay signed in', async () => {
    const [one, other] = [await signIn('Joan', laptop), await signIn('Joan', phone)]
    await shows(one, '#device-list', 'Safari 18 on iOS')
    const handle = await one.textContent('#handle')
    await one.click('#end-others')
    await shows(one, '#news', 'One other session was signed out.')
    await shows(other, '#user', 'nobody')
    await shows(one, '#user', 'Joan')
    expect(await one.textContent('#handle')).toBe(handle)
    expect(await one.textContent('#problem')).toBe('')
  })
})
