import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Browser, chromiumPath, launchChromium, type Page } from '../support/chromium.js'
import { frameworks, prepareExample, runScript } from '../support/commands.js'
import { type RedisServer, startRedis } from '../support/servers/redis.js'
import { type Demo, endDemo, startDemo } from './demo.js'

const names = Object.keys(frameworks)
const patience = { timeout: 30_000, interval: 50 }
const onRedis = ['fastify', 'koa']
const routes = { sessions: '/api/sessions', addToCart: '/api/cart' }
const routesOf: Readonly<Record<string, typeof routes>> = {
  trpc: { sessions: '/trpc/sessions', addToCart: '/trpc/addToCart' },
}

beforeAll(async () => {
  for (const name of names) {
    const problem = await prepareExample(name)
    if (problem !== undefined) throw new Error(problem)
  }
}, 300_000)

it('the examples fit the types of their frameworks', { timeout: 120_000 }, async () => {
  const tsc = ['node_modules/typescript/bin/tsc', '--pretty', 'false', '--noEmit']
  // That of Nuxt has a project that Nuxt has written, for what is imported by itself.
  for (const project of ['examples/frameworks', 'build/examples/frameworks/nuxt/built/tsconfig.server.json'])
    expect((await runScript(...tsc, '-p', project)).output).toBe('')
})

describe.skipIf(chromiumPath === undefined)('the example in two browsers', () => {
  const complaints: string[] = []
  const started = new Map<string, Demo>()
  let redis: RedisServer
  let browser: Browser
  let one: Page
  let other: Page

  beforeAll(async () => {
    ;[browser, redis] = await Promise.all([launchChromium(chromiumPath as string), startRedis()])
    ;[one, other] = await Promise.all([openPage(), openPage()])
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await Promise.all([...started.values()].map((example) => endDemo(example)))
    await redis?.stop()
  })

  async function openPage(): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 375, height: 800 }, colorScheme: 'light' })
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => complaints.push(String(error)))
    return page
  }

  /** Starts an example, unless it is there. */
  function start(name: string): Demo {
    const environment = onRedis.includes(name) ? { REDIS_URL: redis.url } : {}
    const example = started.get(name) ?? startDemo(environment, ['tools/example.mjs', name])
    started.set(name, example)
    return example
  }

  const shows = (page: Page, selector: string, text: string): Promise<void> =>
    vi.waitFor(async () => expect(await page.textContent(selector)).toContain(text), patience)

  async function signIn(page: Page, name: string): Promise<void> {
    await page.fill('#name', name)
    await page.click('#sign-in button')
    await shows(page, '#user', name)
  }

  async function postItem(url: string, item: string): Promise<number> {
    const headers = { 'content-type': 'application/json' }
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ item }) })).status
  }

  /** Waits for the WebSocket of a page, which is a new one after each rotation. */
  const listens = (page: Page, times: number): Promise<void> =>
    vi.waitFor(
      async () =>
        expect(await page.evaluate(`document.querySelector('#live:not([hidden])')?.dataset.opened`)).toBe(`${times}`),
      patience,
    )

  const isSignedIn = (page: Page): Promise<boolean> => page.evaluate(`!document.querySelector('#signed-in').hidden`)

  /** The page that Next renders itself: it writes to the session without a cookie, and its form signs out. */
  async function visitAccount(page: Page, user: string): Promise<void> {
    await page.click('footer a')
    await shows(page, 'h1', user)
    await shows(page, 'main', 'In your cart: apples.')
    await shows(page, '#views', 'once')
    await page.evaluate('location.reload()')
    await shows(page, '#views', '2 times')
    await page.click('form button')
    await shows(page, 'h1', 'A shop with Next')
    await signIn(page, user)
  }

  /** The page that Nuxt renders itself, of what it fetches from the routes. */
  async function visitNuxtAccount(page: Page, user: string): Promise<void> {
    await page.click('footer a')
    await shows(page, 'h1', user)
    await shows(page, 'main', 'In your cart: apples.')
    await page.click('main a')
    await shows(page, '#user', user)
  }

  it.for(names)('%s: signs in, fills the cart and signs out everywhere', { timeout: 120_000 }, async (name) => {
    const user = `Ada of ${name}`
    const example = start(name)
    const address = await example.ready
    const [next] = names.slice(names.indexOf(name) + 1)
    if (next !== undefined) start(next) // meanwhile

    complaints.length = 0
    await one.goto(address)
    await one.fill('#item', 'apples')
    await one.click('#add button')
    await shows(one, '#cart', 'apples')
    await signIn(one, user)
    expect([await one.textContent('h1'), await one.textContent('#cart')]).toEqual([
      `A shop with ${frameworks[name]!.title}`,
      'apples',
    ])
    expect(new Set(await one.textContent('#answers'))).toEqual(new Set('12'))

    await other.goto(address)
    await signIn(other, user)
    expect(await other.evaluate(`document.querySelectorAll('#session-list li').length`)).toBe(2)
    expect(await other.evaluate('document.documentElement.scrollWidth')).toBe(375)

    await Promise.all([listens(one, 1), listens(other, 1)])
    await one.click('#end-others')
    await shows(one, '#news', 'Everywhere else: one session was ended.')
    await shows(other, '#news', 'You were signed out from another browser.')
    await listens(one, 2)
    expect([await isSignedIn(one), await isSignedIn(other)]).toEqual([true, false])
    expect([await one.textContent('#user'), await one.textContent('#cart')]).toEqual([user, 'apples'])

    if (name === 'next') await visitAccount(one, user)
    if (name === 'nuxt') await visitNuxtAccount(one, user)
    await one.click('#end-all')
    await shows(one, '#news', 'Everywhere: one session was ended.')
    await vi.waitFor(async () => expect(await isSignedIn(one)).toBe(false), patience)
    expect(complaints).toEqual([])

    const paths = routesOf[name] ?? routes
    expect((await fetch(address + paths.sessions)).status).toBe(401)
    expect([400, 422]).toContain(await postItem(address + paths.addToCart, ' '))

    // It ends while a page has a WebSocket.
    await signIn(other, user)
    await listens(other, 2)
    await endDemo(example)
    expect(await example.ended).toBe(0)
    await Promise.all([one.goto('about:blank'), other.goto('about:blank')])
  })
})
