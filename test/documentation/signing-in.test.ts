import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import express, { type Express } from 'express'
import { createSessions, memoryStore, type Sessions } from 'sessera'
import { expressSessions, requireUser } from 'sessera/express'
import { fakeClock } from 'sessera/testing'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openBrowser, type BrowserRequest } from '../../src/testing/browser.js'
import { formPost } from '../support/form.js'
import { listenInTest } from '../support/listen-in-test.js'

const page = readFileSync(new URL('../../docs/signing-in-and-out-safely.md', import.meta.url), 'utf8')

/** The first block of code under a heading, as a function that mounts its routes. */
async function routesUnder(heading: string): Promise<(surroundings: Record<string, unknown>) => void> {
  const section = page.slice(page.indexOf(`\n## ${heading}\n`))
  const code = /```ts\n([^]*?)```/.exec(section)?.[1] ?? ''
  const folder = mkdtempSync(join(import.meta.dirname, 'page-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'routes.ts')
  writeFileSync(
    file,
    `import { requireRecentSignIn, requireUser, resumeBlockedRequest } from 'sessera/express'
     export function mount({ app, checkPassword, checkPasswordOf, checkCode, transfer }: any): void {\n${code}\n}\n`,
  )
  return ((await import(/* @vite-ignore */ file)) as { mount: (surroundings: Record<string, unknown>) => void }).mount
}

async function site(...headings: string[]) {
  const clock = fakeClock()
  vi.setSystemTime(clock.now())
  const sessions: Sessions = createSessions({ store: memoryStore({ now: clock.now }), cookie: { secure: false } })
  const app: Express = express()
  app.set('env', 'test')
  app.use(express.urlencoded({ extended: false }), expressSessions(sessions))
  app.post('/cart', (request, response) => {
    request.session.data['cart'] = ['tea']
    response.end()
  })
  app.get('/look', (request, response) => response.json({ user: request.session.userId, ...request.session.data }))
  app.all('/account', requireUser({ redirectTo: '/login' }), (request, response) => response.json(request.body ?? {}))
  const surroundings = {
    app,
    checkPassword: async ({ password }: { password?: string }) =>
      password === 'right' ? { id: 'ada', hasSecondFactor: true } : undefined,
    checkPasswordOf: async (id: string, { password }: { password?: string }) => id === 'ada' && password === 'right',
    checkCode: async (id: string, code: unknown) => id === 'ada' && code === '123456',
    transfer: (request: express.Request, response: express.Response) => response.json(request.body),
  }
  for (const heading of headings) (await routesUnder(heading))(surroundings)
  const { origin } = await listenInTest(createServer(app))
  const browser = openBrowser(origin)
  const advance = (ms: number): void => {
    clock.advance(ms)
    vi.setSystemTime(clock.now())
  }
  return {
    browser,
    sessions,
    advance,
    origin,
    look: async () => JSON.parse((await browser.visit('/look')).body) as object,
  }
}

const asOurs = { accept: 'text/html', 'sec-fetch-site': 'same-origin' }
const get: BrowserRequest = { headers: asOurs }
const form = (fields: Record<string, string>): BrowserRequest => {
  const sent = formPost(fields)
  return { ...sent, headers: { ...sent.headers, ...asOurs } }
}
const password = form({ password: 'right' })
const code = form({ code: '123456' })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
})

describe('the second factor of docs/signing-in-and-out-safely.md', () => {
  it('LC-6: signs nobody in before the code: neither for guards nor in lists', async () => {
    const { browser, sessions, look } = await site('A second factor')
    await browser.visit('/cart', form({}))
    expect(await browser.visit('/login', form({ password: 'wrong' }))).toMatchObject({ status: 401 })
    expect(await browser.visit('/login', password)).toMatchObject({ status: 303, headers: { location: '/code' } })
    expect(await look()).toMatchObject({ cart: ['tea'], pendingUser: { id: 'ada' } })
    expect(await look()).not.toHaveProperty('user')
    expect((await browser.visit('/account')).status).toBe(401)
    expect(await sessions.user('ada').count()).toBe(0)
    expect(await browser.visit('/code', form({ code: '000000' }))).toMatchObject({ status: 401 })
    expect(await look()).not.toHaveProperty('user')
    expect(await browser.visit('/code', code)).toMatchObject({ status: 303, headers: { location: '/account' } })
    expect(await look()).toEqual({ user: 'ada', cart: ['tea'] })
    expect(await sessions.user('ada').count()).toBe(1)
  })

  it('shares nothing with who knows the cookie from before the password', async () => {
    const { browser, origin } = await site('A second factor')
    await browser.visit('/cart', form({}))
    const cookie = browser.cookies()
    await browser.visit('/login', password)
    const thief = openBrowser(origin)
    expect((await thief.visit('/look', { cookie })).body).toBe('{}')
    expect(await thief.visit('/code', { ...code, cookie })).toMatchObject({
      status: 303,
      headers: { location: '/login' },
    })
  })

  it('is over after five minutes, also with the right code', async () => {
    const { browser, advance, look } = await site('A second factor')
    await browser.visit('/login', password)
    advance(5 * 60_000 + 1)
    expect(await browser.visit('/code', code)).toMatchObject({ status: 303, headers: { location: '/login' } })
    expect(await look()).not.toHaveProperty('user')
  })

  it('brings the visitor back to the form that was blocked', async () => {
    const { browser } = await site('A second factor')
    const { location = '' } = (await browser.visit('/account', form({ name: 'Ada' }))).headers
    const next = (await browser.visit(location, password)).headers.location ?? ''
    expect(next).toMatch(/^\/code\?return=/)
    const { body } = await browser.visit(next, code)
    expect(body).toContain('action="/account"')
    expect(body).toContain('value="Ada"')
  })
})

describe('the step-up of docs/signing-in-and-out-safely.md', () => {
  const both = ['A second factor', 'Ask again before what matters']

  it('asks for the password before a transfer, and sends it then', async () => {
    const { browser, advance } = await site(...both)
    await browser.visit('/login', password)
    await browser.visit('/code', code)
    advance(11 * 60_000)
    const { location = '' } = (await browser.visit('/transfer', form({ amount: '5' }))).headers
    expect((await browser.visit(location, get)).body).toContain('<form method="post">')
    expect((await browser.visit(location, form({ password: 'wrong' }))).status).toBe(403)
    expect((await browser.visit(location, password)).body).toContain('value="5"')
    expect((await browser.visit('/transfer', form({ amount: '5' }))).body).toBe('{"amount":"5"}')
  })

  it('does not ask twice who had to sign in first', async () => {
    const { browser } = await site(...both)
    const confirm = (await browser.visit('/transfer', form({ amount: '5' }))).headers.location ?? ''
    const login = (await browser.visit(confirm, get)).headers.location ?? ''
    const second = (await browser.visit(login, password)).headers.location ?? ''
    const back = (await browser.visit(second, code)).headers.location ?? ''
    expect(back).toBe(confirm)
    expect((await browser.visit(back, get)).body).toContain('value="5"')
  })
})
