import { createSessions, memoryStore, type SessionStore } from 'sessera'
import { nuxtSessions } from 'sessera/nuxt'
import nuxtModule, { type NuxtLike, type NuxtModuleOptions } from 'sessera/nuxt/module'
import { describeAdapter, fakeClock, gate, type AdapterHarness } from 'sessera/testing'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { serveApplication, type Application } from './application.js'

// Nitro prints errors, which the suite makes on purpose.
const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
afterAll(() => printed.mockRestore())

const harness: AdapterHarness = {
  serve(sessions, routes, mounts) {
    return serveApplication({
      sessions,
      async respond(event, tools) {
        const route = routes[event.path.split('?', 1)[0] ?? '']
        if (route === undefined) return undefined
        for (let mounted = 1; mounted < mounts; mounted++) await tools.nuxtSessions(sessions)(event)
        const { status = 200, headers = {}, body } = await route(event.context.session)
        const { res } = event.node
        res.statusCode = status
        for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
        return typeof body === 'string' || body === undefined ? (body ?? '') : Readable.from(body)
      },
    })
  },
}

describeAdapter({ describe, it }, 'a built application of Nuxt', harness)

const secure = { cookie: { secure: false } }

async function open(given: Partial<Application> = {}): Promise<Browser> {
  const { origin, close } = await serveApplication({ sessions: createSessions(secure), ...given })
  onTestFinished(close)
  return openBrowser(origin)
}

const post = { method: 'POST' }

describe('a page of Nuxt', () => {
  it('has one session with what it fetches: its cookie goes to the browser', async () => {
    const browser = await open()
    const { body, setCookies } = await browser.visit('/?fetch=/api/fill')
    expect([outputOf(body), setCookies.length]).toEqual(['filled', 1])
    expect(outputOf((await browser.visit('/?fetch=/api/cart')).body)).toContain('tea')
    expect((await browser.visit('/api/cart')).body).toBe('["tea"]')
  })

  it('is a 503 if its session cannot be stored', async () => {
    const store: SessionStore = { ...memoryStore(), insert: () => Promise.reject(new Error('down')) }
    const browser = await open({ sessions: createSessions({ store, ...secure }) })
    const { status, body, setCookies } = await browser.visit('/?fetch=/api/fill')
    expect([status, body, setCookies]).toEqual([503, expect.not.stringContaining('<'), []])
  })

  it('is not sent before its session is stored', async () => {
    const held = gate()
    const memory = memoryStore()
    const insert: SessionStore['insert'] = async (...record) => {
      await held.pass()
      return memory.insert(...record)
    }
    const browser = await open({ sessions: createSessions({ store: { ...memory, insert }, ...secure }) })
    let hasArrived = false
    const arrival = browser.visit('/?fetch=/api/fill').then(() => (hasArrived = true))
    await held.reached
    await browser.visit('/', { cookie: '' })
    expect(hasArrived).toBe(false)
    held.open()
    await arrival
  })
})

it("the error page of Nuxt comes if the application's middleware leaves its request alone", async () => {
  const pages: unknown[] = []
  const browser = await open({
    respond({ path, context }) {
      if (path.startsWith('/__nuxt_error')) return void pages.push(() => context.session)
      if (path === '/fail') throw new Error('no')
      return undefined
    },
  })
  const { status, body } = await browser.visit('/fail', { headers: { accept: 'text/html' } })
  expect([status, body, pages.length]).toEqual([500, expect.stringContaining('id="__nuxt"'), 1])
  expect(pages[0]).toThrow('has the session of a page')
})

describe('two backends of Nuxt', () => {
  it('share a session: who signs in at one is signed in at the other, until signing out there', async () => {
    const store = memoryStore()
    const [one, other] = [
      await open({ sessions: createSessions({ store, ...secure }) }),
      await open({ sessions: createSessions({ store, ...secure }) }),
    ]
    await one.visit('/api/cart', post)
    const { setCookies } = await one.visit('/api/login', post)
    const cookie = setCookies[0]?.split(';', 1)[0] ?? ''
    expect((await other.visit('/api/account', { cookie })).body).toBe('ada')
    expect((await other.visit('/api/cart', { cookie })).body).toBe('["tea"]')
    expect(outputOf((await other.visit('/', { cookie })).body)).toBe('ada')

    await other.visit('/api/logout', { ...post, cookie })
    expect((await one.visit('/api/account')).status).toBe(401)
    expect(outputOf((await one.visit('/')).body)).toBe('nobody')
  })
})

describe('the module of Nuxt', () => {
  it('gives middleware of the application the session, and server code what it needs not import', async () => {
    const seen: unknown[] = []
    const sessions = createSessions(secure)
    const browser = await open({
      sessions,
      respond({ context: { session }, node: { req } }, { sessionOf }) {
        seen.push(session.userId, Object.is(sessionOf(sessions, req), session))
      },
    })
    await browser.visit('/api/login', post)
    await browser.visit('/api/user')
    expect(seen).toEqual([undefined, true, 'ada', true])
  })

  it('lets users through, and those who signed in recently; a refusal is not printed', async () => {
    const clock = fakeClock()
    const browser = await open({ sessions: createSessions({ store: memoryStore({ now: clock.now }), ...secure }) })
    printed.mockClear()
    for (const [path, method] of [
      ['/api/account', 'GET'],
      ['/api/email', 'POST'],
    ] as const) {
      browser.jar.clear()
      const { status, body } = await browser.visit(path, { method })
      const sent = { statusMessage: 'Unauthorized', data: { code: 'NOT_SIGNED_IN' } }
      expect([status, JSON.parse(body)]).toEqual([401, expect.objectContaining(sent)])
      await browser.visit('/api/login', post)
      expect((await browser.visit(path, { method })).status).toBe(200)
    }
    clock.advance(600_000)
    expect((await browser.visit('/api/account')).status).toBe(200)
    const { status, body } = await browser.visit('/api/email', post)
    expect([status, body]).toEqual([403, expect.stringContaining('"RECENT_SIGN_IN_REQUIRED"')])
    expect(printed).not.toHaveBeenCalled()
  })

  it('takes the options that the file of the sessions exports', async () => {
    const asked: unknown[] = []
    const browser = await open({
      sessions: createSessions(),
      sessionOptions: {
        renew: ({ node }) => asked.push(node.req.url) < 0,
        isSecure: ({ headers }) => headers['x-forwarded-proto'] === 'https',
      },
    })
    const { setCookies } = await browser.visit('/api/login', { ...post, headers: { 'x-forwarded-proto': 'https' } })
    expect(setCookies).toEqual([expect.stringMatching(/^__Host-session=.*Secure/)])
    expect(asked).toEqual(['/api/login'])
  })

  it('gives no session to what the application fetches without a page, and says so', async () => {
    const browser = await open({
      respond({ path }) {
        const { $fetch } = globalThis as unknown as { $fetch(path: string): Promise<unknown> }
        return path === '/free' ? $fetch('/api/user') : undefined
      },
    })
    printed.mockClear()
    expect((await browser.visit('/free')).status).toBe(500)
    expect(String(printed.mock.calls[0]?.[1])).toContain('has the session of a page')
  })

  const folder = fileURLToPath(new URL('application', import.meta.url))

  /** What the module asks of Nuxt. */
  function setUp(options: NuxtModuleOptions, serverDir = `${folder}/server`) {
    const templates: { getContents(): string }[] = []
    const config: { imports?: { imports: { name: string }[] }; externals?: { inline: string[] } } = {}
    const hook = ((name: string, change: (given: object) => void) =>
      void (name === 'nitro:config' && change(config))) as NuxtLike['hook']
    nuxtModule(options, { options: { rootDir: folder, serverDir, buildDir: '/built', build: { templates } }, hook })
    return { middleware: templates[0]?.getContents(), ...config }
  }

  it.each(['~~/server/utils/sessions.js', './server/utils/sessions', `${folder}/server/utils/sessions.js`])(
    'finds the sessions of %s, and imports them for server code',
    (sessions) => {
      const { middleware, imports, externals } = setUp({ sessions })
      expect(middleware).toContain(`"${folder}/server/utils/sessions`)
      expect(imports?.imports.map(({ name }) => name)).toContain('sessions')
      // During development Nitro would load both as they are.
      expect(externals?.inline).toEqual(['/built/sessera', expect.stringContaining(`${folder}/server/utils/sessions`)])
    },
  )

  it('says if there is no such file', () => {
    const problem = expect.objectContaining({ code: 'INVALID_OPTION', option: 'sessions' })
    expect(() => setUp({ sessions: '~~/server/none.ts' })).toThrow(problem)
    expect(() => setUp({}, `${folder}/app`)).toThrow(problem)
  })
})

it.each([
  ['sessions', undefined, {}],
  ['sessions', memoryStore(), {}],
  ['isSecure', createSessions(), { isSecure: true }],
  ['prefix', createSessions(), { prefix: '/' }],
])('nuxtSessions refuses a wrong option when the application starts: %s', (option, sessions, options) => {
  const problem = expect.objectContaining({ code: 'INVALID_OPTION', option })
  expect(() => nuxtSessions(sessions as never, options as never)).toThrow(problem)
})

/** What a page shows of what it fetched. */
function outputOf(html: string): string | undefined {
  return /<output>([^]*)<\/output>/.exec(html)?.[1]
}
