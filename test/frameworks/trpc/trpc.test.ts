import { createTRPCClient, httpBatchLink, httpBatchStreamLink, httpLink, type TRPCClient } from '@trpc/client'
import { createSessions, memoryStore, type SessionStore } from 'sessera'
import { fakeClock, gate } from 'sessera/testing'
import { trpcSessions } from 'sessera/trpc'
import { describe, expect, it } from 'vitest'
import { openBrowser } from '../../../src/testing/browser.js'
import { cookieHeader, takeCookies, type CookieJar } from '../../../src/testing/cookie-jar.js'
import { listenInTest } from '../../support/listen-in-test.js'
import { servers } from './servers.js'
import { makeRouter, type ShopData, type ShopRouter } from './shop.js'

const links = { httpLink, httpBatchLink, httpBatchStreamLink }
type Link = keyof typeof links

const refused = (code: string, message: string): object => ({ message, data: expect.objectContaining({ code }) })
const notSettable = refused('INTERNAL_SERVER_ERROR', 'COOKIE_NOT_SETTABLE')

describe.each(Object.keys(servers))('sessera/trpc behind %s', (server) => {
  async function open(link: Link, given: Partial<SessionStore> = {}, headers: Readonly<Record<string, string>> = {}) {
    const clock = fakeClock()
    const sessions = createSessions<ShopData>({
      store: { ...memoryStore({ now: clock.now }), ...given },
      cookie: { secure: false },
    })
    const ready = gate()
    const errors: unknown[] = []
    const router = makeRouter(sessions, () => ready.pass())
    const shop = servers[server]!({
      router,
      sessions,
      onOutage: 'anonymous',
      responseMeta: () => ({ headers: new Headers(headers) }),
      onError: ({ error }) => errors.push(error.cause),
    })
    const { origin } = await listenInTest(shop)
    const jar = new Map<string, string>()
    const responses: Response[] = []
    const clientWith = (name: Link): TRPCClient<ShopRouter> => {
      const fetchWithCookies = async (input: string | URL | Request, init?: object): Promise<Response> => {
        const response = await fetch(input, init)
        takeCookies(jar, response.headers.getSetCookie())
        responses.push(response)
        ready.open()
        return response
      }
      const withCookies = (): Record<string, string> => (jar.size === 0 ? {} : { cookie: cookieHeader(jar) })
      return createTRPCClient<ShopRouter>({
        links: [links[name]({ url: `${origin}/trpc`, headers: withCookies, fetch: fetchWithCookies })],
      })
    }
    return { client: clientWith(link), plain: clientWith('httpLink'), jar, responses, errors, clock, ready, origin }
  }

  describe.each<Link>(['httpLink', 'httpBatchLink'])('with %s', (link) => {
    it('signs in and out, and keeps the data', async () => {
      const { client, jar } = await open(link)
      await client.fill.mutate()
      await client.signIn.mutate()
      expect(await client.look.query()).toEqual({ cart: ['tea'], userId: 'ada' })
      expect(await client.account.query()).toBe('Hello, ada')
      await client.signOut.mutate()
      expect(jar.size).toBe(0)
      expect(await client.look.query()).toEqual({})
    })

    it('discards the sign-in of a procedure that fails', async () => {
      const { client, jar } = await open(link)
      await expect(client.signInAndFail.mutate()).rejects.toMatchObject(refused('BAD_REQUEST', 'no'))
      expect(jar.size).toBe(0)
    })

    it('has the server respond with an error where the session cannot be stored', async () => {
      const { client, jar, responses } = await open(link, { insert: () => Promise.reject(new Error('down')) })
      await expect(client.fill.mutate()).rejects.toThrow()
      expect([responses[0]!.status, jar.size]).toEqual([503, 0])
    })
  })

  it('stores all that the procedures of a batch change, with one cookie', async () => {
    const { client, responses } = await open('httpBatchLink')
    await Promise.all([client.signIn.mutate(), client.add.mutate(), client.paint.mutate(), client.add.mutate()])
    expect(responses.map(({ headers }) => headers.getSetCookie().length)).toEqual([1])
    expect(await client.look.query()).toEqual({ theme: 'dark', cart: ['tea', 'tea'], userId: 'ada' })
  })

  it('lets the application have a response cached whose procedures do not read the session', async () => {
    const { client, responses } = await open('httpLink', {}, { 'Cache-Control': 'public, max-age=61' })
    await client.signIn.mutate()
    await client.prices.query()
    const { headers } = responses.at(-1)!
    expect([headers.get('cache-control'), headers.get('vary')]).toEqual(['public, max-age=61', 'trpc-accept, accept'])
  })

  it('signs in although another procedure of the batch fails', async () => {
    const { client, responses } = await open('httpBatchLink')
    await Promise.allSettled([client.signIn.mutate(), client.fail.mutate()])
    expect(responses[0]!.status).toBe(207)
    expect(await client.look.query()).toEqual({ theme: 'dark', userId: 'ada' })
  })

  describe('with httpBatchStreamLink', () => {
    it('keeps what all procedures of a batch change, also after the head was sent', async () => {
      const { client, plain, responses } = await open('httpBatchStreamLink')
      await plain.signIn.mutate()
      await Promise.all([client.paint.mutate(), client.add.mutate(), client.add.mutate()])
      expect(await client.look.query()).toEqual({ theme: 'dark', cart: ['tea', 'tea'], userId: 'ada' })
      await client.slow.mutate()
      expect(await client.look.query()).toEqual({ theme: 'late', cart: ['tea', 'tea', 'late'], userId: 'ada' })
      const { headers } = responses.at(-1)!
      expect([headers.get('cache-control'), headers.get('vary')]).toEqual(['private', 'trpc-accept, accept, Cookie'])
    })

    it('loads the session once for a batch that only reads', async () => {
      const store = memoryStore()
      let loads = 0
      const load: SessionStore['load'] = (handle) => (loads++, store.load(handle))
      const { client, plain } = await open('httpBatchStreamLink', { ...store, load })
      await plain.signIn.mutate()
      loads = 0
      await Promise.all([client.look.query(), client.account.query(), client.look.query()])
      expect(loads).toBe(1)
    })

    it.each(['signIn', 'rotate', 'reauthenticate', 'remember', 'signOut'] as const)('refuses %s', async (name) => {
      const { client, plain, jar, errors } = await open('httpBatchStreamLink')
      await plain.signIn.mutate()
      const cookies = cookieHeader(jar)
      const calls = [client.fill.mutate(), client[name].mutate(), client.account.query()]
      const [filled, called, asked] = await Promise.allSettled(calls)
      expect(filled).toMatchObject({ status: 'fulfilled' })
      expect(called).toMatchObject({ status: 'rejected', reason: notSettable })
      expect(asked).toMatchObject({ value: 'Hello, ada' })
      expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('in a request of its own') })])
      expect(cookieHeader(jar)).toBe(cookies)
      expect(await plain.look.query()).toEqual({ cart: ['tea'], userId: 'ada' })
    })

    it('refuses a new session, which would need a cookie', async () => {
      const { client, jar } = await open('httpBatchStreamLink')
      const calls = await Promise.allSettled([client.fill.mutate(), client.add.mutate()])
      for (const call of calls) expect(call).toMatchObject({ status: 'rejected', reason: notSettable })
      expect(jar.size).toBe(0)
    })

    it('fails only the call whose changes cannot be stored', async () => {
      let isDown = false
      const store = memoryStore()
      const replace: SessionStore['replace'] = async (...given) =>
        isDown ? Promise.reject(new Error('down')) : store.replace(...given)
      const { client, plain } = await open('httpBatchStreamLink', { ...store, replace })
      await plain.signIn.mutate()
      isDown = true
      const [filled, asked] = await Promise.allSettled([client.fill.mutate(), client.account.query()])
      expect(filled).toMatchObject({ reason: refused('SERVICE_UNAVAILABLE', 'STORE_UNAVAILABLE') })
      expect(asked).toMatchObject({ value: 'Hello, ada' })
    })
  })

  describe.each(Object.keys(links) as Link[])('with %s', (link) => {
    it('lets signed-in users through, and those who signed in recently', async () => {
      const { client, plain, clock } = await open(link)
      await expect(client.account.query()).rejects.toMatchObject(refused('UNAUTHORIZED', 'NOT_SIGNED_IN'))
      await expect(client.email.query()).rejects.toMatchObject(refused('UNAUTHORIZED', 'NOT_SIGNED_IN'))
      await plain.signIn.mutate()
      expect(await client.email.query()).toBe('ada')
      clock.advance(600_000)
      await expect(client.email.query()).rejects.toMatchObject(refused('FORBIDDEN', 'RECENT_SIGN_IN_REQUIRED'))
    })

    it('takes no outage for a visitor', async () => {
      let isDown = false
      const store = memoryStore()
      const load: SessionStore['load'] = async (handle) =>
        isDown ? Promise.reject(new Error('down')) : store.load(handle)
      const { client, plain } = await open(link, { ...store, load })
      await plain.signIn.mutate()
      isDown = true
      await expect(client.account.query()).rejects.toMatchObject(refused('SERVICE_UNAVAILABLE', 'STORE_UNAVAILABLE'))
    })

    it('leaves other errors as they are, and stores what was changed before', async () => {
      const { client, plain } = await open(link)
      await plain.signIn.mutate()
      await expect(client.fail.mutate()).rejects.toMatchObject(refused('INTERNAL_SERVER_ERROR', 'a bug'))
      expect(await plain.look.query()).toEqual({ theme: 'dark', userId: 'ada' })
    })
  })

  describe('in a subscription', () => {
    async function watch(jar: CookieJar, origin: string): Promise<string> {
      return (await openBrowser(origin, jar).visit('/trpc/watch', { headers: { accept: 'text/event-stream' } })).body
    }

    it('stores what it changes, and sees what is stored meanwhile', async () => {
      const { plain, jar, origin } = await open('httpLink')
      await plain.signIn.mutate()
      expect(await watch(jar, origin)).toContain('data: 1')
      expect(await plain.look.query()).toEqual({ theme: 'seen', cart: ['watched'], userId: 'ada' })
    })

    it('sends an error if that cannot be stored', async () => {
      const { jar, origin } = await open('httpLink')
      expect(await watch(jar, origin)).toContain('COOKIE_NOT_SETTABLE')
    })
  })
})

describe('trpcSessions', () => {
  it('refuses a store when the application starts', () => {
    const problem = { code: 'INVALID_OPTION', option: 'sessions' }
    expect(() => trpcSessions(memoryStore() as never)).toThrow(expect.objectContaining(problem))
  })
})
