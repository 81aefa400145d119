import { createSessions, memoryStore, StoreUnavailableError } from 'sessera'
import { gate } from 'sessera/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { recordUnhandledRejections } from '../../support/record-unhandled-rejections.js'
import { Browser, type Data } from '../../support/browser.js'
import { recordEvents } from '../../support/record-events.js'
import { fleet, type Fleet } from '../../support/fleet.js'

vi.mock(import('../../../src/engine/timers.js'), () => import('../../support/timers/looked-up.js'))

const never = (): Promise<never> => new Promise(() => {})
const down = (): Promise<never> => Promise.reject(new Error('connect ECONNREFUSED'))

async function arrived({ backend }: Fleet) {
  const browser = new Browser()
  await browser.visit(backend[0], ({ data }) => void (data.count = 1))
  return browser.arrive(backend[0])
}

describe('an update or a save that the handler does not wait for', () => {
  it.each(['update', 'save'] as const)('is waited for by the response: %s', async (method) => {
    const all = fleet()
    const writing = gate()
    const { session, leave } = await arrived(all)
    all.store.tap('replace', (replace) => async (...call) => {
      await writing.pass()
      return replace(...call)
    })
    session.data.theme = 'dark'
    void (method === 'update' ? session.update((data) => void (data.count = 2)) : session.save())
    let hasLeft = false
    const leaving = leave().then(() => (hasLeft = true))
    await writing.reached
    expect(hasLeft).toBe(false)
    writing.open()
    await leaving
    const stored = method === 'update' ? '{"count":2,"theme":"dark"}' : '{"count":1,"theme":"dark"}'
    expect((await all.store.load(session.handle!))?.text.split('\n')[1]).toBe(stored)
  })

  it('makes the response fail where it fails, and no process end', async () => {
    const unhandled = recordUnhandledRejections()
    const all = fleet()
    const { session, leave } = await arrived(all)
    all.store.tap('load', () => down)
    void session.update((data) => void (data.count = 2))
    await expect(leave()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await new Promise(setImmediate)
    expect(unhandled).toEqual([])
  })

  it('makes the response fail also where it failed long before', async () => {
    const unhandled = recordUnhandledRejections()
    const all = fleet()
    const { session, leave } = await arrived(all)
    all.store.tap('load', () => down)
    void session.update((data) => void (data.count = 2))
    await new Promise(setImmediate)
    all.store.untap()
    await expect(leave()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await new Promise(setImmediate)
    expect(unhandled).toEqual([])
  })

  it('makes the response fail where the handler began to wait for it after it had answered', async () => {
    const all = fleet()
    const { session, leave } = await arrived(all)
    all.store.tap('load', () => down)
    const both = await Promise.allSettled([session.update((data) => void (data.count = 2)), leave()])
    const failed = { status: 'rejected', reason: expect.any(StoreUnavailableError) as unknown }
    expect(both).toEqual([failed, failed])
  })
})

describe('an update that the handler waits for', () => {
  it('is told of its failure, and what the response becomes is for the handler to say', async () => {
    const all = fleet()
    const { session, leave } = await arrived(all)
    all.store.tap('load', () => down)
    await expect(session.update((data) => void (data.count = 2))).rejects.toBeInstanceOf(StoreUnavailableError)
    await expect(leave()).resolves.toMatchObject({ setCookies: [] })
  })

  it.each([
    ['then', (promise: Promise<void>) => promise.then(undefined, () => {})],
    ['catch', (promise: Promise<void>) => promise.catch(() => {})],
    ['allSettled', (promise: Promise<void>) => Promise.allSettled([promise, promise])],
    ['all', (promise: Promise<void>) => Promise.all([promise, promise]).catch(() => {})],
  ])('by %s, too', async (_name, wait) => {
    const all = fleet()
    const { session, leave } = await arrived(all)
    all.store.tap('load', () => down)
    await wait(session.update((data) => void (data.count = 2)))
    await expect(leave()).resolves.toMatchObject({ setCookies: [] })
  })
})

describe('own writes of a request while the store hangs', () => {
  it('have one deadline from the moment at which they are asked for, however many there are', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const all = fleet({ deadline: 1000 })
    const { session } = await arrived(all)
    all.store.tap('load', () => never)
    const codes: unknown[] = []
    for (let count = 0; count < 8; count++) {
      session.update((data) => void (data.count = 2)).catch(({ code }: { code: unknown }) => codes.push(code))
    }
    await vi.advanceTimersByTimeAsync(999)
    expect(codes).toEqual([])
    await vi.advanceTimersByTimeAsync(2) // with one more round of the event loop
    expect(codes).toEqual(Array(8).fill('STORE_UNAVAILABLE'))
  })
})

describe('the answer of an error handler', () => {
  it('to an own write that failed is not held up again, nor replaced by another error', async () => {
    const all = fleet()
    const { session, leave } = await arrived(all)
    session.data.theme = 'dark'
    all.store.tap('replace', () => down)
    await expect(session.save()).rejects.toBeInstanceOf(StoreUnavailableError)
    const calls = all.store.calls.length
    await expect(leave(503)).resolves.toEqual({ setCookies: [], caching: 'private' })
    expect(all.store.calls).toHaveLength(calls)
  })

  it('leaves as it is also where the secret was replaced meanwhile', async () => {
    const all = fleet()
    const browser = new Browser()
    await browser.visit(all.backend[0], ({ data }) => void (data.count = 1))
    const { session, leave } = await browser.copy().arrive(all.backend[0])
    session.data.count = 2
    await browser.visit(all.backend[1], (other) => other.rotate())
    await expect(leave(500)).resolves.toMatchObject({ setCookies: [] })
  })

  it('to an error of the handler leaves as it is while nothing can be stored', async () => {
    const all = fleet()
    const { session, leave } = await arrived(all)
    session.data.theme = 'dark'
    all.store.tap('replace', () => down)
    await expect(leave(500)).resolves.toEqual({ setCookies: [], caching: 'private' })
  })

  it('stores what was changed where the store works', async () => {
    const all = fleet()
    const { session, leave } = await arrived(all)
    const { handle } = session
    session.data.count = 2
    await leave(500)
    expect((await all.store.load(handle!))?.text).toContain('"count":2')
  })

  it.each([400, 404, 429])(
    'with status %i claims that its changes count, and fails where they do not',
    async (status) => {
      const all = fleet()
      const { session, leave } = await arrived(all)
      session.data.count = 2
      all.store.tap('replace', () => down)
      await expect(leave(status)).rejects.toBeInstanceOf(StoreUnavailableError)
    },
  )
})

describe('an own write and what the handler does next', () => {
  it('does not keep a sign-out from happening where it fails and nobody waits for it', async () => {
    const all = fleet()
    const { session, leave } = await arrived(all)
    const { handle } = session
    void session.update(() => {
      throw new Error('of the handler')
    })
    session.end()
    await expect(leave()).rejects.toThrow('of the handler')
    expect(await all.store.load(handle!)).toBeUndefined()
  })

  it.each([1, 2])('asked for before a sign-out is removed with it, or never stored: %i of them', async (count) => {
    const all = fleet()
    const { session, leave } = await arrived(all)
    const { handle } = session
    const updates = Array.from({ length: count }, () => session.update((data) => (data.count = (data.count ?? 0) + 1)))
    session.end()
    expect((await leave()).setCookies).toEqual([expect.stringContaining('Max-Age=0')])
    expect(await Promise.all(updates)).toEqual(Array(count).fill(2))
    expect(await all.store.load(handle!)).toBeUndefined()
    expect(all.store.calls.filter((call) => call === 'insert')).toHaveLength(1)
  })

  it('asked for before a sign-in is not carried past what it keeps, also while the store is not ready yet', async () => {
    const store = memoryStore()
    const ready = gate()
    const sessions = createSessions<Data>({ store: { ...store, ready: () => ready.pass() } })
    const { session, commit } = await sessions.open(undefined)
    void session.update((data) => void (data.count = 1))
    session.signIn('ada')
    const committed = commit()
    ready.open()
    const cookie = (await committed).setCookies[0]!.split(';')[0]
    expect({ ...(await sessions.open(cookie)).session.data }).toEqual({})
  })

  it('that was acknowledged has its cookie, also where the answer is an error in the end', async () => {
    const all = fleet()
    const { session, leave } = await new Browser().arrive(all.backend[0])
    session.data.count = 1
    await session.save()
    all.store.tap('load', () => down)
    await expect(session.update((data) => void (data.count = 2))).rejects.toBeInstanceOf(StoreUnavailableError)
    await expect(leave(500)).resolves.toMatchObject({ setCookies: [expect.any(String)], caching: 'no-store' })
  })
})

describe('what cannot be written at all', () => {
  it('makes the response of a route without the store fail, where nobody waits for it, and no process end', async () => {
    const unhandled = recordUnhandledRejections()
    const all = fleet()
    const browser = new Browser()
    await browser.visit(all.backend[0], ({ data }) => void (data.count = 1))
    all.store.tap('load', () => down)
    const { session, commit } = await all.backend[0].open(browser.cookie, undefined, { onOutage: 'anonymous' })
    void session.update((data) => void (data.count = 2))
    await expect(commit()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(unhandled).toEqual([])
  })

  it('after the response has begun is told by an event', async () => {
    const unhandled = recordUnhandledRejections()
    const all = fleet()
    const late = recordEvents('late-change')
    const { session, leave } = await arrived(all)
    await leave()
    void session.save()
    await new Promise(setImmediate)
    expect(unhandled).toEqual([])
    expect(late).toEqual([{ handle: session.handle }])
    await expect(session.save()).rejects.toMatchObject({ code: 'SESSION_COMMITTED' })
  })
})
