import { createSessions, InvalidArgumentError, memoryStore, newHandle, StoreUnavailableError } from 'sessera'
import type { EndedSession, Handle, Sessions, SessionStore } from 'sessera'
import { fakeClock } from 'sessera/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Browser, type Data } from '../../support/browser.js'

vi.mock(import('../../../src/engine/timers.js'), () => import('../../support/timers/looked-up.js'))

const clock = fakeClock()
let store: SessionStore
let one: Sessions<Data>
let other: Sessions<Data>
const opened: Sessions<Data>[] = []

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  store = memoryStore({ now: clock.now })
  one = open(store)
  other = open(store)
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((sessions) => sessions.close()))
  vi.useRealTimers()
})

function open(on: SessionStore, options = {}): Sessions<Data> {
  const sessions = createSessions<Data>({ store: on, ...options })
  opened.push(sessions)
  return sessions
}

async function signedIn(userId = 'ada', sessions = one): Promise<{ browser: Browser; handle: Handle }> {
  const browser = new Browser()
  await browser.visit(sessions, (session) => session.signIn(userId))
  const { session } = await browser.arrive(sessions)
  return { browser, handle: session.handle! }
}

function listen(sessions: Sessions<Data>, target: string | { userId: string }, rotations = false) {
  const told: EndedSession[] = []
  const stop = sessions.onEnd(target, (end) => told.push(end), { rotations })
  return { told, stop }
}

/** Whatever is under way comes to rest: looks and announcements take a few turns of the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** The longest time until the next look. */
async function lookAgain(): Promise<void> {
  await vi.advanceTimersByTimeAsync(13_000)
  await settle()
}

describe('onEnd', () => {
  it.each([
    ['signed-out', ({ browser }) => browser.visit(one, (session) => session.end())],
    ['replaced', ({ browser }) => browser.visit(one, (session) => session.signIn('bob'))],
    ['user', () => one.user('ada').end()],
    ['user', ({ handle }) => one.user('ada').end(handle)],
    ['administration', ({ handle }) => one.end(handle)],
  ] satisfies [string, (session: Awaited<ReturnType<typeof signedIn>>) => Promise<unknown>][])(
    'tells, on the backend that ended it and on others, that a session ended: %s',
    async (reason, end) => {
      const session = await signedIn()
      const listeners = [one, other].flatMap((sessions) => [
        listen(sessions, session.handle),
        listen(sessions, { userId: 'ada' }),
      ])
      await settle()
      await end(session)
      await settle()
      await lookAgain()
      for (const { told } of listeners) expect(told).toEqual([{ handle: session.handle, userId: 'ada', reason }])
    },
  )

  it('tells that the limit ended a session', async () => {
    const limited = open(store, { maxSessionsPerUser: 1 })
    const first = await signedIn('ada', limited)
    const { told } = listen(other, { userId: 'ada' })
    await settle()
    clock.advance(1)
    await signedIn('ada', limited)
    await settle()
    expect(told).toEqual([{ handle: first.handle, userId: 'ada', reason: 'limit' }])
  })

  it('tells nothing about other sessions and users, nor after the listener was removed', async () => {
    const [ada, again, bob] = [await signedIn(), await signedIn(), await signedIn('bob')]
    const [handle, user, removed] = [
      listen(other, ada.handle),
      listen(other, { userId: 'ada' }),
      listen(other, ada.handle),
    ]
    await settle()
    removed.stop()
    removed.stop()
    for (const session of [bob, again, ada]) await one.end(session.handle)
    await settle()
    expect(handle.told.map((end) => end.handle)).toEqual([ada.handle])
    expect(user.told.map((end) => end.handle)).toEqual([again.handle, ada.handle])
    expect(removed.told).toEqual([])
  })

  it('tells of sessions that the user began later', async () => {
    const { told } = listen(other, { userId: 'ada' })
    await settle()
    const { handle } = await signedIn()
    await one.end(handle)
    await settle()
    expect(told).toEqual([{ handle, userId: 'ada', reason: 'administration' }])
  })

  it('tells of a session that has ended before, or never was', async () => {
    const { handle } = await signedIn()
    await one.end(handle)
    const listeners = [handle, newHandle()].map((target) => listen(other, target))
    await settle()
    await vi.advanceTimersByTimeAsync(250)
    expect(listeners.map(({ told }) => told[0]?.reason)).toEqual(['gone', 'gone'])
  })

  it('notices within seconds that a session has expired', async () => {
    const { handle } = await signedIn()
    const listeners = [listen(one, handle), listen(other, { userId: 'ada' })]
    await settle()
    clock.advance(30 * 60_000)
    await lookAgain()
    await vi.advanceTimersByTimeAsync(250)
    for (const { told } of listeners) expect(told).toEqual([{ handle, userId: 'ada', reason: 'gone' }])
  })

  it('says why a session ended, also when a look finds that first', async () => {
    const { handle } = await signedIn()
    const { told } = listen(other, handle)
    await one.end(handle)
    await settle()
    await vi.advanceTimersByTimeAsync(250)
    expect(told).toEqual([{ handle, userId: 'ada', reason: 'administration' }])
  })

  it('does not extend a session by looking at it', async () => {
    const { handle } = await signedIn()
    listen(one, handle)
    const before = (await one.find(handle))!.lastSeenAt
    clock.advance(10 * 60_000)
    await lookAgain()
    expect((await one.find(handle))!.lastSeenAt).toBe(before)
  })

  it('throws for what is no handle, no user id or no function, and once it is closed', async () => {
    for (const target of ['ada', '', { userId: '' }, null as never, {} as never])
      expect(() => one.onEnd(target, () => {})).toThrow(InvalidArgumentError)
    expect(() => one.onEnd(newHandle(), undefined as never)).toThrow(InvalidArgumentError)
    await one.close()
    expect(() => one.onEnd(newHandle(), () => {})).toThrow(StoreUnavailableError)
  })

  it('calls the others when one listener throws, whose error is uncaught', async () => {
    const { handle } = await signedIn()
    const uncaught = vi.fn<(error: unknown) => void>()
    const listenersBefore = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', uncaught)
    const failure = new Error('of the listener')
    one.onEnd(handle, () => {
      throw failure
    })
    const { told } = listen(one, handle)
    expect(await one.end(handle)).toBe(true)
    await settle()
    process.removeAllListeners('uncaughtException')
    for (const listener of listenersBefore) process.on('uncaughtException', listener)
    expect(told).toHaveLength(1)
    expect(uncaught).toHaveBeenCalledExactlyOnceWith(failure, 'uncaughtException')
  })
})

describe('onEnd with the option rotations', () => {
  it('tells of every new secret, once, and then of the end', async () => {
    const { browser, handle } = await signedIn()
    const listeners = [one, other].flatMap((sessions) => [
      listen(sessions, handle, true),
      listen(sessions, { userId: 'ada' }, true),
    ])
    const withoutOption = listen(other, handle)
    await settle()
    await browser.visit(one, (session) => session.rotate())
    await settle()
    await browser.visit(one, (session) => session.signIn('ada'))
    await settle()
    await lookAgain()
    await one.end(handle)
    await settle()
    for (const { told } of listeners)
      expect(told.map(({ reason }) => reason)).toEqual(['rotated', 'rotated', 'administration'])
    expect(withoutOption.told.map(({ reason }) => reason)).toEqual(['administration'])
  })

  it('tells whoever listens to an anonymous session that somebody has signed in to it', async () => {
    const browser = new Browser()
    await browser.visit(one, (session) => void (session.data.theme = 'dark'))
    const { handle } = (await browser.arrive(one)).session
    const { told } = listen(other, handle!, true)
    await settle()
    await browser.visit(one, (session) => session.signIn('ada'))
    await settle()
    expect(told).toEqual([{ handle, userId: 'ada', reason: 'rotated' }])
  })
})

describe('onEnd on a store that delivers no announcements', () => {
  it('tells at once what its own process ends, and finds the rest by looking, with every session told once', async () => {
    const { announcements: _, ...silent } = store
    const [here, elsewhere] = [open(silent), open(silent)]
    const [ada, bob, carl] = [await signedIn(), await signedIn('bob'), await signedIn('carl')]
    const own = listen(here, ada.handle)
    const ends = [listen(here, bob.handle), listen(here, { userId: 'bob' })]
    const rotations = listen(here, carl.handle, true)
    await settle()
    await here.end(ada.handle)
    expect(own.told).toHaveLength(1)

    await elsewhere.end(bob.handle)
    await carl.browser.visit(elsewhere, (session) => session.rotate())
    await settle()
    for (const { told } of [...ends, rotations]) expect(told).toEqual([])
    await vi.advanceTimersByTimeAsync(1_250)
    await settle()
    for (const { told } of ends) expect(told).toEqual([{ handle: bob.handle, userId: 'bob', reason: 'gone' }])
    expect(rotations.told).toEqual([{ handle: carl.handle, userId: 'carl', reason: 'rotated' }])
    await lookAgain()
    expect([own, ...ends, rotations].map(({ told }) => told.length)).toEqual([1, 1, 1, 1])
  })

  it('says nothing while the store fails, and looks again every second', async () => {
    const { handle } = await signedIn()
    let fails = false
    const failing: SessionStore = {
      ...store,
      load: async (wanted) => (fails ? Promise.reject(new Error('away')) : store.load(wanted)),
    }
    const { told } = listen(open(failing), handle)
    await settle()
    const { announcements: _, ...silent } = store
    fails = true
    await open(silent).end(handle)
    await lookAgain()
    expect(told).toEqual([])
    fails = false
    await vi.advanceTimersByTimeAsync(1_250)
    await settle()
    await vi.advanceTimersByTimeAsync(250)
    expect(told).toEqual([{ handle, userId: 'ada', reason: 'gone' }])
  })
})

describe('what onEnd costs', () => {
  it('reads each session once for ten thousand listeners, and has one timer', async () => {
    const sessions = await Promise.all(Array.from({ length: 100 }, () => signedIn()))
    let loads = 0
    const counting: SessionStore = { ...store, load: (handle) => ((loads += 1), store.load(handle)) }
    const listening = open(counting)
    const stopFirst = listening.onEnd(sessions[0]!.handle, () => {})
    await settle()
    const timers = vi.getTimerCount()
    const stops = sessions.flatMap(({ handle }) => Array.from({ length: 100 }, () => listening.onEnd(handle, () => {})))
    await settle()
    expect(loads).toBe(101) // the first one again
    expect(vi.getTimerCount()).toBe(timers)
    for (const stop of [stopFirst, ...stops]) stop()
    await lookAgain()
    expect(vi.getTimerCount()).toBe(0)
    expect(loads).toBe(101)
  })

  it('watches the store only while somebody listens', async () => {
    let watching = 0
    const watched: SessionStore = {
      ...store,
      announcements: {
        announce: async () => {},
        watch() {
          watching += 1
          return { delivers: true, close: async () => void (watching -= 1) }
        },
      },
    }
    const sessions = open(watched)
    const { handle } = await signedIn()
    await sessions.end(handle)
    expect(watching).toBe(0)
    const stops = Array.from({ length: 3 }, () => listen(sessions, { userId: 'ada' }).stop)
    await settle()
    expect(watching).toBe(1)
    for (const stop of stops) stop()
    await lookAgain()
    expect(watching).toBe(0)
    listen(sessions, handle)
    expect(watching).toBe(1)
    await sessions.close()
    expect(watching).toBe(0)
  })
})
