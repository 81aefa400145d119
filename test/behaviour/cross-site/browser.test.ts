import { createServer } from 'node:http'
import express from 'express'
import { createSessions, memoryStore } from 'sessera'
import { refuseCrossSite } from 'sessera/cross-site'
import { expressSessions } from 'sessera/express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, launchChromium, type Browser } from '../../support/chromium.js'
import { listenInTest } from '../../support/listen-in-test.js'

/** A shop whose cookie goes with every request, which is the worst case. */
async function openShop(trustedOrigins: readonly string[] = []) {
  const sessions = createSessions({
    store: memoryStore(),
    cookie: { secure: false, sameSite: 'lax' },
  })
  const app = express()
  app.set('env', 'test')
  app.use(refuseCrossSite({ trustedOrigins }), expressSessions(sessions))
  app.get(
    '/',
    (_request, response) => void response.send('<!doctype html><form method="post"><button>Buy</button></form>'),
  )
  app.post('/', (_request, response) => void response.send('<!doctype html><p id="done">bought</p>'))
  return listenInTest(createServer(app))
}

/** Another site, whose page sends a form to the shop. */
async function openOtherSite(shop: () => string): Promise<string> {
  const { port } = await listenInTest(
    createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html')
      response.end(`<!doctype html><form method="post" action="${shop()}"><button>Win</button></form>`)
    }),
  )
  return `http://localhost:${port}` // the shop is 127.0.0.1
}

describe.skipIf(chromiumPath === undefined)('a form in Chromium', { timeout: 60_000 }, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium(chromiumPath as string)
  }, 120_000)
  afterAll(() => browser?.close())

  async function send(address: string): Promise<string | null> {
    const page = await browser.newPage({ viewport: { width: 800, height: 600 }, colorScheme: 'light' })
    await page.goto(address)
    await page.click('button')
    const body = await page.textContent('body')
    await page.close()
    return body
  }

  it('of the shop itself is carried out', async () => {
    const { origin } = await openShop()
    expect(await send(origin)).toBe('bought')
  })

  it('CS-1, TR-12: of another site is refused, unless that one is trusted', async () => {
    let shop = (await openShop()).origin
    const other = await openOtherSite(() => shop)
    expect(await send(other)).toMatch(/CrossSiteRequestError/)
    shop = (await openShop([other])).origin
    expect(await send(other)).toBe('bought')
  })
})
