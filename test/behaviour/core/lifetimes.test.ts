import { describe, expect, it } from 'vitest'
import { Browser } from '../../support/browser.js'
import { recordEvents } from '../../support/record-events.js'
import { fleet } from '../../support/fleet.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Lets writes that run beside the response come to their end on a store that answers at once. */
const aside = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('rule 7: a read rewrites nothing', () => {
  it('reading stores nothing and answers synchronously', async () => {
    const { backend, store } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => Object.assign(data, { cart: ['tea'], 2: 'b', 1: 'a' }))
    store.calls.length = 0
    const { session, opened } = await browser.arrive(backend[1])
    expect(session.data.cart).toEqual(['tea'])
    expect(opened.commit()).toEqual({ setCookies: [], caching: 'private' })
    expect(store.calls).toEqual(['load'])
  })

  it('LC-8: an anonymous visit makes no record, no cookie and no store call', async () => {
    const { backend, store } = fleet()
    const { session, opened } = await new Browser().arrive(backend[0])
    expect(session).toMatchObject({ userId: undefined, handle: undefined, createdAt: undefined })
    expect(session.data).toEqual({})
    expect(opened.commit()).toEqual({ setCookies: [], caching: 'private' })
    expect(store.calls).toEqual([])
  })

  it('CA-3: a response whose handler never looked at the session is left alone', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    expect((await browser.arrive(backend[0])).opened.commit()).toEqual({ setCookies: [], caching: 'untouched' })
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    expect((await browser.arrive(backend[0])).opened.commit()).toEqual({ setCookies: [], caching: 'untouched' })
  })

  it('TO-6: it is renewed when a tenth of the idle time has passed, not before, and without a cookie', async () => {
    const { backend, store, clock } = fleet()
    const renewed = recordEvents('renewed')
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    store.calls.length = 0
    clock.advance(3 * minute - 1)
    await browser.visit(backend[1])
    expect(store.calls).toEqual(['load'])
    clock.advance(1)
    expect((await browser.visit(backend[1])).setCookies).toEqual([])
    await aside()
    expect(store.calls).toEqual(['load', 'load', 'replace'])
    expect(renewed).toHaveLength(1)
    clock.advance(29 * minute)
    expect((await browser.look(backend[0])).data).toEqual({ count: 1 })
  })

  it('the renewal runs beside the response, and its failure is an event, never a failed request', async () => {
    const { backend, store, clock } = fleet()
    const failed = recordEvents('renewal-failed')
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    clock.advance(5 * minute)
    let fail = (): void => {}
    store.tap('replace', () => () => new Promise((_, reject) => (fail = () => reject(new Error('down')))))
    const { session, opened } = await browser.arrive(backend[0])
    expect(opened.commit()).toEqual({ setCookies: [], caching: 'untouched' })
    fail()
    await aside()
    expect(failed).toEqual([{ handle: session.handle, error: expect.objectContaining({ code: 'STORE_UNAVAILABLE' }) }])
    expect((await browser.look(backend[0])).data).toEqual({ count: 1 })
  })

  it('of parallel reads in one process one renews', async () => {
    const { backend, store, clock } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    clock.advance(5 * minute)
    store.calls.length = 0
    await Promise.all(Array.from({ length: 5 }, () => browser.visit(backend[0])))
    await aside()
    expect(store.calls.filter((call) => call === 'replace')).toHaveLength(1)
  })

  it('close waits for renewals under way', async () => {
    const { backend, store, clock } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    clock.advance(5 * minute)
    const order: string[] = []
    store.tap('replace', (original) => async (...given) => {
      await aside()
      order.push('renewed')
      return original(...given)
    })
    await browser.visit(backend[0])
    await backend[0].close()
    expect([...order, 'closed']).toEqual(['renewed', 'closed'])
  })

  it('lastSeenAt is the maximum, so a write by a backend that is behind shortens nothing', async () => {
    const { backend, store, clock } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    const { now } = store
    Object.assign(store, { now: () => now() - 10 * minute })
    await browser.visit(backend[1], ({ data }) => void (data.count = 2))
    Object.assign(store, { now })
    expect((await browser.arrive(backend[0])).session.expiresAt).toBe(clock.now() + 30 * minute)
  })
})

describe('lifetimes', () => {
  it('TO-1: a session that is not used for the idle time is over', async () => {
    const { backend, clock } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    clock.advance(30 * minute - 1)
    expect((await browser.look(backend[1])).userId).toBe('ada')
    clock.advance(1)
    expect((await browser.look(backend[1])).userId).toBeUndefined()
  })

  it('TO-2: used or not, it is over at the absolute timeout, counted from creation or the last sign-in', async () => {
    const { backend, clock } = fleet({ idleTimeout: '30m', absoluteTimeout: '2h' })
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    clock.advance(20 * minute)
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    for (let elapsed = 0; elapsed < 2 * hour - 10 * minute; elapsed += 10 * minute) {
      clock.advance(10 * minute)
      await browser.visit(backend[1], ({ data }) => void (data.count = elapsed))
    }
    clock.advance(10 * minute - 1)
    expect((await browser.look(backend[1])).userId).toBe('ada')
    clock.advance(1)
    expect((await browser.look(backend[1])).userId).toBeUndefined()
  })

  it('TO-3: a record past its time is refused even where the store still hands it over', async () => {
    const { backend, store, clock } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    const { handle } = (await browser.arrive(backend[0])).session
    const kept = handle && (await store.load(handle))
    store.tap('load', () => async () => kept)
    clock.advance(30 * minute)
    expect((await browser.look(backend[1])).userId).toBeUndefined()
  })

  it('remember takes its own pair, and a cookie that lasts until the absolute deadline', async () => {
    const { backend, clock } = fleet({ remember: { idleTimeout: '7d', absoluteTimeout: '30d' } })
    const browser = new Browser()
    const { setCookies } = await browser.visit(backend[0], (session) => session.signIn('ada', { remember: true }))
    expect(setCookies[0]).toContain(`; Max-Age=${30 * 86_400};`)
    clock.advance(6 * day)
    await browser.visit(backend[0])
    await aside()
    clock.advance(6 * day)
    const { setCookies: rotated } = await browser.visit(backend[0], (session) => session.rotate())
    expect(rotated[0]).toContain(`; Max-Age=${18 * 86_400};`)
    clock.advance(7 * day)
    expect((await browser.look(backend[1])).userId).toBeUndefined()
  })

  it('CK-8: otherwise the cookie ends with the browser, and only insert, rotation and sign-in send it', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    const sent = [
      await browser.visit(backend[0], ({ data }) => void (data.count = 1)),
      await browser.visit(backend[0], ({ data }) => void (data.count = 2)),
      await browser.visit(backend[0]),
      await browser.visit(backend[0], (session) => session.rotate()),
      await browser.visit(backend[0], (session) => session.signIn('ada')),
    ].map(({ setCookies }) => setCookies.length)
    expect(sent).toEqual([1, 0, 0, 1, 1])
    expect((await browser.visit(backend[0], (session) => session.rotate())).setCookies[0]).toMatch(
      /^__Host-session=[\w-]{22}\.[\w-]{32}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
  })

  it('TO-9: expiresAt can be asked without extending anything', async () => {
    const { backend, clock } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    const end = clock.now() + 30 * minute
    clock.advance(2 * minute)
    const { session, leave } = await browser.arrive(backend[0])
    expect(session.expiresAt).toBe(end)
    await leave()
    expect((await browser.arrive(backend[1])).session.expiresAt).toBe(end)
  })
})

describe('a session that is only looked at', () => {
  it('is not prolonged where that was asked for, but by what it changes', async () => {
    const { backend, store, clock } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    for (let poll = 0; poll < 3; poll++) {
      clock.advance(9 * minute)
      store.calls.length = 0
      const { session, commit } = await backend[0].open(browser.cookie, undefined, { renew: false })
      expect(session.data.count).toBe(1)
      await commit()
      await aside()
      expect(store.calls).toEqual(['load'])
    }
    clock.advance(2 * minute)
    const opened = await backend[0].open(browser.cookie, undefined, { renew: false })
    opened.session.data.count = 2
    await opened.commit()
    clock.advance(29 * minute)
    expect((await browser.look(backend[0])).data.count).toBe(2)
  })
})

describe('renew', () => {
  it('prolongs the session of a stream or a socket, also after the response has begun, and seldom writes', async () => {
    const { backend, store, clock } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    const { session, leave } = await browser.arrive(backend[0])
    await leave()
    store.calls.length = 0
    for (let beat = 0; beat < 60; beat++) {
      clock.advance(minute)
      await session.renew()
    }
    expect(store.calls.filter((call) => call === 'load')).toHaveLength(60)
    expect(store.calls.filter((call) => call === 'replace')).toHaveLength(20)
    expect((await browser.look(backend[1])).userId).toBe('ada')
  })

  it('says whether the session has ended or goes on under another secret', async () => {
    const { backend } = fleet()
    const [one, other] = [new Browser(), new Browser()]
    for (const browser of [one, other]) await browser.visit(backend[0], (session) => session.signIn('ada'))
    const [rotated, ended] = [await one.arrive(backend[0]), await other.arrive(backend[0])]
    for (const { leave } of [rotated, ended]) await leave()
    await one.visit(backend[1], (session) => session.rotate())
    await other.visit(backend[1], (session) => session.end())
    await expect(rotated.session.renew()).rejects.toMatchObject({ code: 'SESSION_SUPERSEDED' })
    await expect(ended.session.renew()).rejects.toMatchObject({ code: 'SESSION_ENDED' })
  })

  it('does nothing for a session that is not stored', async () => {
    const { backend, store } = fleet()
    await (await new Browser().arrive(backend[0])).session.renew()
    expect(store.calls).toEqual([])
  })
})

describe('remember', () => {
  const maxAge = ({ setCookies }: { setCookies: readonly string[] }): string | undefined =>
    /Max-Age=(\d+)/.exec(setCookies[0] ?? '')?.[1]

  it('gives an anonymous session a cookie that lasts, and the longer timeouts', async () => {
    const { backend, clock } = fleet()
    const browser = new Browser()
    const answer = await browser.visit(backend[0], (session) => {
      session.data.cart = ['tea']
      session.remember()
    })
    expect(maxAge(answer)).toBe(String(90 * 24 * 60 * 60))
    clock.advance(10 * 24 * 60 * minute)
    expect((await browser.look(backend[0])).data.cart).toEqual(['tea'])
  })

  it('makes one last that did not, by a new secret, and sends no cookie again', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.cart = ['tea']))
    const old = browser.cookie
    expect(maxAge(await browser.visit(backend[0], (session) => session.remember()))).toBeDefined()
    expect(browser.cookie).not.toBe(old)
    expect((await browser.visit(backend[0], (session) => session.remember())).setCookies).toEqual([])
    expect((await browser.look(backend[1])).data.cart).toEqual(['tea'])
  })

  it('stores nothing where there is nothing to store', async () => {
    const { backend, store } = fleet()
    expect((await new Browser().visit(backend[0], (session) => session.remember())).setCookies).toEqual([])
    expect(store.calls).toEqual([])
  })

  it('holds for what update stores, too', async () => {
    const { backend } = fleet()
    const answer = await new Browser().visit(backend[0], (session) => {
      session.remember()
      return session.update((data) => void (data.count = 1))
    })
    expect(maxAge(answer)).toBeDefined()
  })
})
