import { createSessions, memoryStore, NotSignedInError, SessionEndedError, SignInRevokedError } from 'sessera'
import { fakeClock } from 'sessera/testing'
import { describe, expect, it } from 'vitest'
import { Browser, type Data } from '../../support/browser.js'
import { recordEvents } from '../../support/record-events.js'

const minute = 60_000

function backends() {
  const clock = fakeClock()
  const store = memoryStore({ now: clock.now })
  const open = () => createSessions<Data>({ store, idleTimeout: '1h', absoluteTimeout: '2h' })
  return { clock, store, here: open(), there: open() }
}

/** A browser in which ada signed in ten minutes ago. */
async function signedIn() {
  const all = backends()
  const browser = new Browser()
  await browser.visit(all.here, (session) => session.signIn('ada'))
  const signedInAt = all.clock.now()
  all.clock.advance(10 * minute)
  return { ...all, browser, signedInAt }
}

describe('reauthenticate', () => {
  it('LC-1, TO-4: gives a new secret and restarts both timeouts; the time of the sign-in stays', async () => {
    const { here, there, clock, browser, signedInAt } = await signedIn()
    const events = recordEvents('reauthenticated')
    const before = browser.copy()
    clock.advance(40 * minute)
    await browser.visit(here, (session) => {
      session.reauthenticate()
      session.data.count = 1
    })
    const reauthenticatedAt = clock.now()
    expect(browser.cookie).not.toBe(before.cookie)
    const { session } = await browser.arrive(there)
    expect(session).toMatchObject({ userId: 'ada', signedInAt, reauthenticatedAt, createdAt: signedInAt })
    expect(session.data).toEqual({ count: 1 })
    expect(events).toEqual([{ handle: session.handle, userId: 'ada' }])
    for (let used = 0; used < 3; used++) {
      clock.advance(35 * minute)
      await browser.visit(there, ({ data }) => void (data.count = used))
    }
    // 155 minutes after the sign-in, and 105 after the re-authentication: the absolute timeout is 120.
    expect(await browser.look(here)).toMatchObject({ userId: 'ada' })
    expect((await before.look(here)).isNew).toBe(true)
    clock.advance(15 * minute)
    expect((await browser.look(here)).isNew).toBe(true)
  })

  it('again keeps the time of the sign-in, and a sign-in starts it anew', async () => {
    const { here, there, clock, browser, signedInAt } = await signedIn()
    await browser.visit(here, (session) => session.reauthenticate())
    clock.advance(minute)
    await browser.visit(there, (session) => session.reauthenticate())
    expect((await browser.arrive(here)).session).toMatchObject({ signedInAt, reauthenticatedAt: clock.now() })
    clock.advance(minute)
    await browser.visit(here, (session) => session.signIn('ada'))
    expect((await browser.arrive(here)).session).toMatchObject({
      signedInAt: clock.now(),
      reauthenticatedAt: clock.now(),
    })
  })

  it('is discarded if the response failed, and the changes are stored', async () => {
    const { here, there, browser, signedInAt } = await signedIn()
    const { cookie } = browser
    await browser.visit(
      here,
      (session) => {
        session.reauthenticate()
        session.data.count = 1
      },
      403,
    )
    expect(browser.cookie).toBe(cookie)
    const { session } = await browser.arrive(there)
    expect(session).toMatchObject({ signedInAt, reauthenticatedAt: signedInAt, data: { count: 1 } })
  })

  it('throws if nobody is signed in, and marks nothing', async () => {
    const { here } = backends()
    const { session, leave } = await new Browser().arrive(here)
    expect(() => session.reauthenticate()).toThrow(NotSignedInError)
    expect(() => session.reauthenticate()).toThrow(expect.objectContaining({ code: 'NOT_SIGNED_IN', status: 401 }))
    expect((await leave()).setCookies).toEqual([])
    expect(session.reauthenticatedAt).toBeUndefined()
  })

  it('throws after end()', async () => {
    const { here, browser } = await signedIn()
    const { session } = await browser.arrive(here)
    session.end()
    expect(() => session.reauthenticate()).toThrow(NotSignedInError)
  })

  it('beside signIn is that sign-in, and beside rotate() a re-authentication', async () => {
    const { here, there, clock, browser } = await signedIn()
    await browser.visit(here, (session) => {
      session.signIn('bob')
      session.reauthenticate()
    })
    expect(await browser.look(there)).toMatchObject({ userId: 'bob' })
    for (const order of [['rotate', 'reauthenticate'] as const, ['reauthenticate', 'rotate'] as const]) {
      clock.advance(minute)
      await browser.visit(here, (session) => order.forEach((method) => session[method]()))
      expect((await browser.arrive(there)).session.reauthenticatedAt).toBe(clock.now())
    }
  })

  it('lets the entry in the index of users last as long as the session may now', async () => {
    const { here, there, clock, browser } = await signedIn()
    const [thirtyMinutes, visit] = [
      30 * minute,
      () => browser.visit(here, ({ data }) => void (data.count = clock.now())),
    ]
    clock.advance(thirtyMinutes)
    await browser.visit(here, (session) => session.reauthenticate())
    for (let used = 0; used < 3; used++) {
      clock.advance(thirtyMinutes)
      await visit()
    }
    expect(await there.user('ada').list()).toMatchObject([{ userId: 'ada' }])
    expect(await there.user('ada').end()).toBe(1)
    expect((await browser.look(here)).isNew).toBe(true)
  })

  it('is refused if the user was signed out everywhere since the request was opened', async () => {
    const { here, there, browser } = await signedIn()
    const { session, leave } = await browser.arrive(here)
    session.reauthenticate()
    await there.user('ada').end()
    await expect(leave()).rejects.toThrow(SignInRevokedError)
    expect((await browser.look(there)).isNew).toBe(true)
    expect(await there.user('ada').count()).toBe(0)
  })

  it('is refused if the session ended between the two writes', async () => {
    const { clock, store, there, browser } = await signedIn()
    let ending = async (): Promise<void> => {}
    const users = {
      ...store.users!,
      add: async (...call: Parameters<NonNullable<typeof store.users>['add']>) => {
        const result = await store.users!.add(...call)
        await ending()
        return result
      },
    }
    const here = createSessions<Data>({ store: { ...store, users }, idleTimeout: '1h', absoluteTimeout: '2h' })
    const { session, leave } = await browser.arrive(here)
    session.reauthenticate()
    ending = async () => void (await there.user('ada').end())
    await expect(leave()).rejects.toThrow(SessionEndedError)
    clock.advance(1)
    expect(await there.user('ada').count()).toBe(0)
  })

  it('of the session that signs out all others goes on', async () => {
    const { here, there, clock, browser } = await signedIn()
    const other = new Browser()
    await other.visit(there, (session) => session.signIn('ada'))
    await browser.visit(here, async (session) => {
      session.reauthenticate()
      expect(await here.user('ada').end({ except: session })).toBe(1)
    })
    expect((await browser.arrive(there)).session.reauthenticatedAt).toBe(clock.now())
    expect((await other.look(here)).isNew).toBe(true)
  })

  it('never counts as one session more', async () => {
    const { store, browser, clock } = await signedIn()
    const limited = createSessions<Data>({ store, maxSessionsPerUser: 1, onOverflow: 'refuse' })
    await browser.visit(limited, (session) => session.reauthenticate())
    expect((await browser.arrive(limited)).session.reauthenticatedAt).toBe(clock.now())
  })

  it('does not make the session the youngest where the oldest is ended', async () => {
    const { store, browser, clock } = await signedIn()
    const limited = createSessions<Data>({ store, maxSessionsPerUser: 1 })
    const other = new Browser()
    const late = await other.arrive(limited)
    late.session.signIn('ada')
    await late.leave()
    expect((await browser.look(limited)).isNew).toBe(true)
    clock.advance(1)
    expect(await other.look(limited)).toMatchObject({ userId: 'ada' })
  })

  it('keeps a remembered session remembered, with a cookie up to the new deadline', async () => {
    const { here, clock } = backends()
    const browser = new Browser()
    await browser.visit(here, (session) => session.signIn('ada', { remember: true }))
    clock.advance(24 * 60 * minute)
    const { setCookies } = await browser.visit(here, (session) => session.reauthenticate())
    expect(setCookies.join()).toContain(`Max-Age=${90 * 86_400}`)
  })

  it('works with a store that has no index of users', async () => {
    const { store, clock } = backends()
    const { users: _users, ...without } = store
    const sessions = createSessions<Data>({ store: without })
    const browser = new Browser()
    await browser.visit(sessions, (session) => session.signIn('ada'))
    clock.advance(minute)
    await browser.visit(sessions, (session) => session.reauthenticate())
    expect((await browser.arrive(sessions)).session.reauthenticatedAt).toBe(clock.now())
  })
})

describe('a form that is sent twice', () => {
  it('re-authenticates twice: the last cookie works, whichever response the browser dropped', async () => {
    const { here, there, browser } = await signedIn()
    const second = browser.copy()
    const [one, two] = [await browser.arrive(here), await second.arrive(there)]
    one.session.reauthenticate()
    one.session.data.theme = 'dark'
    two.session.reauthenticate()
    two.session.data.count = 2
    await one.leave()
    await two.leave()
    expect(await second.look(here)).toMatchObject({ userId: 'ada', data: { theme: 'dark', count: 2 } })
  })

  it('does so too if the second one arrives after the first one is done', async () => {
    const { here, there, clock, browser } = await signedIn()
    const second = browser.copy()
    await browser.visit(here, (session) => session.reauthenticate())
    clock.advance(1_000)
    const { setCookies } = await second.visit(there, (session) => session.reauthenticate())
    expect(setCookies).toHaveLength(1)
    expect((await second.arrive(here)).session.reauthenticatedAt).toBe(clock.now())
  })

  it('does not take the session from a sign-in meanwhile', async () => {
    const { here, there, browser } = await signedIn()
    const slow = await browser.copy().arrive(there)
    slow.session.reauthenticate()
    await browser.visit(here, (session) => session.signIn('ada'))
    await expect(slow.leave()).rejects.toMatchObject({ code: 'SESSION_SUPERSEDED' })
    expect(await browser.look(there)).toMatchObject({ userId: 'ada' })
  })
})

describe('hasRecentSignIn', () => {
  it('compares by the clock of the store', async () => {
    const { here, clock, browser } = await signedIn()
    const isRecent = async () => (await browser.arrive(here)).session.hasRecentSignIn('11m')
    expect(await isRecent()).toBe(true)
    clock.advance(minute)
    expect(await isRecent()).toBe(false)
    await browser.visit(here, (session) => session.reauthenticate())
    clock.advance(10 * minute)
    expect(await isRecent()).toBe(true)
  })

  it('counts what this request proves, and nothing of an anonymous visitor', async () => {
    const { here, clock, browser } = await signedIn()
    const { session } = await browser.arrive(here)
    expect(session.hasRecentSignIn('1m')).toBe(false)
    session.reauthenticate()
    expect(session.hasRecentSignIn('1m')).toBe(true)
    const anonymous = (await new Browser().arrive(here)).session
    expect(anonymous.hasRecentSignIn('1m')).toBe(false)
    anonymous.signIn('ada')
    expect(anonymous.hasRecentSignIn('1m')).toBe(true)
    expect(anonymous.reauthenticatedAt).toBe(clock.now())
  })

  it('is false for an old secret that was replaced by a re-authentication: a thief gains nothing by it', async () => {
    const { here, there, clock, browser, signedInAt } = await signedIn()
    const thief = browser.copy()
    await browser.visit(here, (session) => session.reauthenticate())
    clock.advance(1_000)
    const { session } = await thief.arrive(there)
    expect(session).toMatchObject({ userId: 'ada', reauthenticatedAt: signedInAt })
    expect(session.hasRecentSignIn('5m')).toBe(false)
  })

  it('stays true for a request that was on its way while the secret was rotated', async () => {
    const { here, there, clock, browser } = await signedIn()
    await browser.visit(here, (session) => session.reauthenticate())
    clock.advance(minute)
    const slow = browser.copy()
    await browser.visit(here, (session) => session.rotate())
    expect((await slow.arrive(there)).session.hasRecentSignIn('5m')).toBe(true)
  })

  it('refuses what is no duration, or probably seconds', async () => {
    const { session } = await new Browser().arrive(backends().here)
    for (const wrong of ['10', 600, 0, undefined])
      expect(() => session.hasRecentSignIn(wrong as never)).toThrow(/^Option maxAge /)
  })
})
