import { createSessions, memoryStore, StoreUnavailableError, type Handle } from 'sessera'
import { describe, expect, it, vi } from 'vitest'
import { Browser, type Data } from '../../support/browser.js'
import { recordEvents } from '../../support/record-events.js'
import { fleet } from '../../support/fleet.js'

vi.mock(import('../../../src/engine/timers.js'), () => import('../../support/timers/looked-up.js'))

const never = (): Promise<never> => new Promise(() => {})
const down = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))

describe('a store that fails', () => {
  it('on load is an error, not a stranger: 503 with Retry-After, the cause kept', async () => {
    const { backend, store } = fleet()
    const failures = recordEvents('store-failed')
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    store.tap('load', () => down)
    const error = await browser.arrive(backend[0]).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(error).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      status: 503,
      statusCode: 503,
      expose: false,
      headers: { 'Retry-After': '1' },
      cause: { message: 'connect ECONNREFUSED' },
    })
    expect(failures).toHaveLength(1)
  })

  it('on commit is an error, and what was stored before stays', async () => {
    const { backend, store } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    store.tap('replace', () => down)
    await expect(browser.visit(backend[0], ({ data }) => void (data.count = 2))).rejects.toThrow(StoreUnavailableError)
    store.untap()
    expect((await browser.look(backend[0])).data).toEqual({ count: 1 })
  })

  it('TR-4: a failed end is an error and keeps the cookie, so that the user can try again', async () => {
    const { backend, store } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    store.tap('remove', () => down)
    await expect(browser.visit(backend[0], (session) => session.end())).rejects.toThrow(StoreUnavailableError)
    store.untap()
    expect((await browser.look(backend[0])).userId).toBe('ada')
    await browser.visit(backend[0], (session) => session.end())
    expect(browser.cookie).toBeUndefined()
  })

  it('that hangs is an error at the deadline, for open, commit, update, save and end; what comes later is ignored', async () => {
    const { backend, store } = fleet({ deadline: 30 })
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    const [changed, updated, saved] = await Promise.all([1, 2, 3].map(() => browser.arrive(backend[0])))
    store.tap('load', () => never)
    store.tap('replace', () => never)
    store.tap('remove', () => never)
    if (changed !== undefined) changed.session.data.count = 2
    if (saved !== undefined) saved.session.data.count = 3
    const outcomes = await Promise.allSettled([
      browser.arrive(backend[0]),
      changed?.leave(),
      updated?.session.update((data) => void (data.count = 4)),
      backend[1].end((changed?.session.handle ?? '') as string),
    ])
    const messages = outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as Error).message : ''))
    const late = 'The session store did not answer within 30 ms.'
    // The update waits for its turn after the commit.
    expect(messages).toEqual([late, late, expect.stringMatching(/^The session store did not|^Too many requests/), late])
    await expect(saved?.session.save()).rejects.toThrow('within 30 ms')
  })

  it('that hangs is waited for once by a request, however often its handler tries; but a sign-out is tried', async () => {
    const { backend, store } = fleet({ deadline: 30 })
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    const [updating, leaving] = await Promise.all([1, 2].map(() => browser.arrive(backend[0])))
    store.tap('load', () => never)
    store.tap('replace', () => never)
    store.calls.length = 0
    for (const visit of [updating, leaving]) {
      for (const message of ['within 30 ms', 'was not called again', 'was not called again'])
        await expect(visit?.session.update((data) => void (data.count = 4))).rejects.toThrow(message)
    }
    if (updating !== undefined) updating.session.data.count = 1
    await expect(updating?.leave()).rejects.toThrow('within 30 ms')
    leaving?.session.end()
    await leaving?.leave()
    expect(store.calls).toEqual(['load', 'load', 'remove', 'drop'])
  })

  it('one deadline covers all calls of a commit', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'performance'] })
    try {
      const { backend, store } = fleet({ deadline: 60 })
      const browser = new Browser()
      await browser.visit(backend[0], ({ data }) => void (data.count = 1))
      const slow = await browser.arrive(backend[0])
      slow.session.data.count = 2
      await browser.visit(backend[1], ({ data }) => void (data.theme = 'dark'))
      let calls = 0
      store.tap('replace', (original) => async (...given) => {
        if (++calls > 1) return never()
        await new Promise((resolve) => setTimeout(resolve, 40))
        return original(...given)
      })
      let failure = ''
      const leaving = slow.leave().catch((error: Error) => (failure = error.message))
      await vi.advanceTimersByTimeAsync(40)
      await vi.advanceTimersByTimeAsync(19)
      expect({ calls, failure }).toEqual({ calls: 2, failure: '' })
      await vi.advanceTimersByTimeAsync(2)
      expect(failure).toContain('within 60 ms')
      await leaving
    } finally {
      vi.useRealTimers()
    }
  })

  it('a handle whose insert ended unknown is never used again', async () => {
    const { backend, store } = fleet({ deadline: 20 })
    const handles: Handle[] = []
    store.tap('insert', (original) => async (handle, ...given) => {
      handles.push(handle)
      await original(handle, ...given)
      return never()
    })
    const browser = new Browser()
    const visit = await browser.arrive(backend[0])
    await expect(visit.session.update((data) => void (data.count = 1))).rejects.toThrow('within 20 ms')
    store.tap('insert', (original) => (handle, ...given) => {
      handles.push(handle)
      return original(handle, ...given)
    })
    await browser.visit(backend[0], ({ data }) => void (data.count = 2))
    expect(new Set(handles).size).toBe(2)
    expect(browser.cookie).toContain(handles[1])
    expect((await browser.look(backend[1])).data).toEqual({ count: 2 })
  })

  it('the circuit breaker fails at once after 5 failures of several visitors, probes once a second, and closes at the first success', async () => {
    const { backend, store } = fleet()
    const browsers = [new Browser(), new Browser(), new Browser()]
    for (const browser of browsers) await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    const steady = vi.spyOn(performance, 'now')
    try {
      steady.mockReturnValue(0)
      store.tap('load', () => down)
      const tries = async (count: number): Promise<number> => {
        store.calls.length = 0
        for (let index = 0; index < count; index++) await browsers[index % 3]?.arrive(backend[0]).catch(() => {})
        return store.calls.length
      }
      expect(await tries(9)).toBe(5)
      steady.mockReturnValue(999)
      expect(await tries(3)).toBe(0)
      steady.mockReturnValue(1_000)
      expect(await tries(3)).toBe(1)
      store.untap()
      await expect(browsers[0]?.arrive(backend[0])).rejects.toThrow('keeps failing, so it was not called')
      steady.mockReturnValue(2_000)
      expect(await tries(3)).toBe(3)
    } finally {
      steady.mockRestore()
    }
  })
})

describe('a write that the client sent again', () => {
  it('is recognised by its mark as done, also when others wrote on top, and is never applied twice', async () => {
    for (const othersWrite of [false, true]) {
      const { backend, store } = fleet()
      const browser = new Browser()
      await browser.visit(backend[0], ({ data }) => void (data.count = 0))
      const visit = await browser.arrive(backend[0])
      store.tap('replace', (original) => async (...given) => {
        store.untap()
        await original(...given) // done, but the answer is lost …
        if (othersWrite) await browser.visit(backend[1], (session) => session.update((data) => void (data.theme = 'x')))
        return original(...given) // … so the client sends it again
      })
      await visit.session.update((data) => void (data.count = (data.count ?? 0) + 1))
      await visit.leave()
      expect((await browser.look(backend[2])).data).toEqual(othersWrite ? { count: 1, theme: 'x' } : { count: 1 })
    }
  })

  it('a sign-in that was sent again stays the same session', async () => {
    const { backend, store } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 0))
    const { handle } = (await browser.arrive(backend[0])).session
    store.tap('replace', (original) => async (...given) => {
      await original(...given)
      return original(...given)
    })
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    expect((await browser.arrive(backend[1])).session).toMatchObject({ handle, userId: 'ada' })
  })

  it('is recognised however many others wrote on top', async () => {
    const { backend, store } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 0))
    const others = await Promise.all([1, 2].map(() => browser.arrive(backend[1])))
    store.tap('replace', (original) => async (...given) => {
      store.untap()
      await original(...given)
      for (let count = 0; count < 200; count++) {
        await others[count % 2]?.session.update((data) => void (data.count = (data.count ?? 0) + 1))
      }
      return original(...given)
    })
    await browser.visit(backend[0], (session) => session.update((data) => void (data.count = (data.count ?? 0) + 1)))
    expect((await browser.look(backend[2])).data.count).toBe(201)
  })

  it('a backend forgets its own marks once it has its answers, and those of others after a few seconds', async () => {
    const { backend, store, clock } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 0))
    const { handle } = (await browser.arrive(backend[0])).session
    const marks = async (): Promise<number> => {
      const text = handle && (await store.load(handle))?.text
      return (/ \+(\S+)/.exec(text || '')?.[1] ?? '').length / 11
    }
    for (let count = 1; count <= 30; count++)
      await browser.visit(backend[count % 2]!, ({ data }) => void (data.count = count))
    expect(await marks()).toBe(2)
    clock.advance(10_000)
    await browser.visit(backend[0], ({ data }) => void (data.count = 9))
    expect(await marks()).toBe(1)
  })
})

describe('start', () => {
  it('memory as the default store warns in production, and only there', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      createSessions<Data>()
      createSessions<Data>({ store: memoryStore() })
      expect(warn).not.toHaveBeenCalled()
      vi.stubEnv('NODE_ENV', 'production')
      createSessions<Data>({ store: memoryStore() })
      expect(warn).not.toHaveBeenCalled()
      createSessions<Data>()
      expect(warn).toHaveBeenCalledWith(expect.any(String), { code: 'SESSERA_MEMORY_STORE' })
    } finally {
      vi.unstubAllEnvs()
      warn.mockRestore()
    }
  })
})
