import { SessionEndedError, StoreUnavailableError } from 'sessera'
import { gate } from 'sessera/testing'
import { describe, expect, it, vi } from 'vitest'
import { performance } from '../../../src/engine/timers.js'
import { Browser, type Data } from '../../support/browser.js'
import { recordEvents } from '../../support/record-events.js'
import { fleet } from '../../support/fleet.js'

describe('rule 1: different top-level keys of data changed by parallel requests', () => {
  it('both survive, on one backend and on two', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.theme = 'dark'))
    for (const other of [backend[0], backend[1]]) {
      const slow = await browser.arrive(backend[0])
      slow.session.data.cart = ['tea']
      await browser.visit(other, ({ data }) => void (data.profile = { name: 'Ada', tags: [] }))
      await slow.leave()
      expect((await browser.look(backend[2])).data).toEqual({
        theme: 'dark',
        cart: ['tea'],
        profile: { name: 'Ada', tags: [] },
      })
    }
  })

  it('a change deep inside a value counts as a change of its top-level key only', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => Object.assign(data, { profile: { name: 'Ada', tags: [] }, count: 1 }))
    const slow = await browser.arrive(backend[0])
    slow.session.data.profile?.tags.push('new')
    await browser.visit(backend[1], ({ data }) => void (data.count = 2))
    await slow.leave()
    expect((await browser.look(backend[0])).data).toEqual({ profile: { name: 'Ada', tags: ['new'] }, count: 2 })
  })

  it('a removed key stays removed beside another write, and a key left alone is not written back', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => Object.assign(data, { theme: 'dark', count: 1, cart: ['tea'] }))
    const slow = await browser.arrive(backend[0])
    delete slow.session.data.theme
    await browser.visit(backend[1], ({ data }) => {
      data.count = 2
      delete data.cart
    })
    await slow.leave()
    expect((await browser.look(backend[0])).data).toEqual({ count: 2 })
  })
})

describe('rule 2: the same key changed by both', () => {
  it('the later commit stands, and an event names the keys', async () => {
    const { backend } = fleet()
    const conflicts = recordEvents('conflict')
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => Object.assign(data, { theme: 'light', count: 1 }))
    const slow = await browser.arrive(backend[0])
    Object.assign(slow.session.data, { theme: 'dark', count: 5 })
    await browser.visit(backend[1], ({ data }) => Object.assign(data, { theme: 'blue', count: 5 }))
    await slow.leave()
    expect((await browser.look(backend[1])).data).toEqual({ theme: 'dark', count: 5 })
    expect(conflicts).toEqual([{ handle: slow.session.handle, keys: ['theme'] }])
  })

  it('update is exact: 60 parallel ones over 3 backends lose none', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 0))
    const seen = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const visit = await browser.arrive(backend[(index % 3) as 0 | 1 | 2])
        const count = await visit.session.update((data) => (data.count = (data.count ?? 0) + 1))
        await visit.leave()
        return count
      }),
    )
    expect((await browser.look(backend[0])).data.count).toBe(60)
    expect(seen.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
  })

  it('writers of one process take turns: nothing is tried twice, nor read that the one before has written', async () => {
    const { backend, store } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 0))
    const visits = await Promise.all(Array.from({ length: 20 }, () => browser.arrive(backend[0])))
    store.calls.length = 0
    await Promise.all(visits.map(({ session }) => session.update((data) => void (data.count = (data.count ?? 0) + 1))))
    expect(store.calls).toEqual(['load', ...Array.from({ length: 20 }, () => 'replace')])
    expect((await browser.look(backend[1])).data.count).toBe(20)
  })

  it('a change that throws by what it was handed sees what is there now before that counts', async () => {
    const { backend, store } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 0))
    const [first, second, other] = await Promise.all(
      [0, 0, 1].map((index) => browser.arrive(backend[index] ?? backend[2])),
    )
    const elsewhere = gate()
    store.tap('replace', (original) => async (...given) => {
      store.untap()
      const answer = await original(...given)
      await elsewhere.pass() // before the next writer of this process has its turn, another process has written
      return answer
    })
    const buyLast = (data: Data): void => {
      if (data.count === 1) throw new Error('sold out')
      data.count = 1
    }
    const taking = Promise.all([first?.session.update(buyLast), second?.session.update(buyLast)])
    await other?.session.update((data) => void (data.count = 5))
    elsewhere.open()
    await taking
    expect((await browser.look(backend[2])).data.count).toBe(1)
  })

  it('writers who cannot be done in time are told so, and do not take the time of those who can', async () => {
    const { backend, store } = fleet({ deadline: '1m' })
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 0))
    const [slow, late, soon] = await Promise.all([0, 1, 2].map(() => browser.arrive(backend[0])))
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
    try {
      const held = gate()
      store.tap('replace', (original) => async (...given) => {
        store.untap()
        await held.pass()
        return original(...given)
      })
      const count = (data: Data): void => void (data.count = (data.count ?? 0) + 1)
      const first = slow?.session.update(count)
      const second = late?.session.update(count)
      await held.reached
      clock.mockReturnValue(25_000)
      const third = soon?.session.update(count)
      store.calls.length = 0
      held.open() // after 25 s: of the others' minutes 35 and 60 s are left, and twice 25 may be needed
      await expect(second).rejects.toThrow('Too many requests change this session at once')
      await Promise.all([first, third])
      expect(store.calls).toEqual(['load', 'replace'])
      expect((await browser.look(backend[1])).data.count).toBe(2)
    } finally {
      clock.mockRestore()
    }
  })

  it('update works on what is stored now, refreshes what the handler left alone, and keeps what it changed', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => Object.assign(data, { theme: 'light', count: 1, cart: ['tea'] }))
    const slow = await browser.arrive(backend[0])
    const { cart } = slow.session.data
    slow.session.data.theme = 'dark'
    await browser.visit(backend[1], ({ data }) => Object.assign(data, { theme: 'blue', count: 7 }))
    await slow.session.update((data) => {
      expect(data).toEqual({ theme: 'blue', count: 7, cart: ['tea'] })
      data.count = (data.count ?? 0) + 1
    })
    expect(slow.session.data).toEqual({ theme: 'dark', count: 8, cart: ['tea'] })
    expect(slow.session.data.cart).toBe(cart)
    await slow.leave()
    expect((await browser.look(backend[2])).data).toEqual({ theme: 'dark', count: 8, cart: ['tea'] })
  })

  it('update and save of a new session store it at once, and the response brings the cookie', async () => {
    for (const write of ['update', 'save'] as const) {
      const { backend, store } = fleet()
      const browser = new Browser()
      const visit = await browser.arrive(backend[0])
      visit.session.data.theme = 'dark'
      if (write === 'save') await visit.session.save()
      else await visit.session.update((data) => void (data.count = 1))
      expect(store.calls).toEqual(['insert'])
      expect(visit.session.isNew).toBe(false)
      await visit.leave()
      expect((await browser.look(backend[1])).data).toEqual(
        write === 'save' ? { theme: 'dark' } : { theme: 'dark', count: 1 },
      )
    }
  })

  it('save stores now, merged, and leaves nothing for the commit', async () => {
    const { backend, store } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    const slow = await browser.arrive(backend[0])
    slow.session.data.theme = 'dark'
    await browser.visit(backend[1], ({ data }) => void (data.count = 2))
    await slow.session.save()
    expect(slow.session.data).toEqual({ theme: 'dark', count: 2 })
    store.calls.length = 0
    expect(slow.opened.commit()).toEqual({ setCookies: [], caching: 'private' })
    expect(store.calls).toEqual([])
    expect((await browser.look(backend[1])).data).toEqual({ theme: 'dark', count: 2 })
  })

  it('an update that the handler did not wait for is stored before the response begins', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    await browser.visit(backend[0], (session) => {
      void session.update((data) => void (data.count = 2))
      void session.update((data) => void (data.theme = `after ${data.count}`))
    })
    expect((await browser.look(backend[1])).data).toEqual({ count: 2, theme: 'after 2' })
  })

  it('a change function that throws stores nothing and its error comes out', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    const visit = await browser.arrive(backend[0])
    const failing = visit.session.update((data) => {
      data.count = 2
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await visit.leave()
    expect((await browser.look(backend[1])).data).toEqual({ count: 1 })
  })

  it('an update stores nothing where the handler holds what cannot be stored', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    const { session } = await browser.arrive(backend[0])
    Object.assign(session.data, { bad: 1n })
    await expect(session.update((data) => void (data.count = 2))).rejects.toMatchObject({ code: 'DATA_NOT_ENCODABLE' })
    expect((await browser.look(backend[1])).data).toEqual({ count: 1 })
  })

  it('past the deadline contention is a 503, however many tries there were', async () => {
    const { backend, store } = fleet({ deadline: 40 })
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    const visit = await browser.arrive(backend[0])
    store.tap('replace', () => async (handle) => {
      const current = await store.load(handle)
      return current === undefined ? { status: 'gone' } : { status: 'changed', current }
    })
    const update = visit.session.update((data) => void (data.count = 2))
    await expect(update).rejects.toSatisfy(
      (error) => error instanceof StoreUnavailableError && error.status === 503 && error.headers['Retry-After'] === '1',
    )
    expect(store.calls.filter((call) => call === 'replace').length).toBeGreaterThan(2)
  })
})

describe('rule 3: ended meanwhile', () => {
  const endings = {
    'signed out in another request': async ({ backend }, browser) => browser.copy().visit(backend[1], (s) => s.end()),
    'ended by administration': async ({ backend }, browser) =>
      backend[1].end((await browser.arrive(backend[1])).session.handle ?? ''),
    expired: ({ clock }) => clock.advance(31 * 60_000),
  } satisfies Record<string, (all: ReturnType<typeof fleet>, browser: Browser) => unknown>

  for (const [name, end] of Object.entries(endings)) {
    it(`TR-2: ${name}: changes are dropped with an event, nothing comes back, no cookie is sent`, async () => {
      const all = fleet()
      const dropped = recordEvents('changes-dropped')
      const browser = new Browser()
      await browser.visit(all.backend[0], (session) => session.signIn('ada'))
      const slow = await browser.arrive(all.backend[0])
      const { handle } = slow.session
      slow.session.data.theme = 'dark'
      await end(all, browser)
      expect((await slow.leave()).setCookies).toEqual([])
      expect(await browser.look(all.backend[2])).toEqual({ userId: undefined, data: {}, isNew: true })
      expect(dropped).toEqual([{ handle, reason: 'ended' }])
    })

    it(`${name}: update and save say so, and nothing comes back`, async () => {
      const all = fleet()
      const browser = new Browser()
      await browser.visit(all.backend[0], (session) => session.signIn('ada'))
      const slow = await browser.arrive(all.backend[0])
      slow.session.data.theme = 'dark'
      await end(all, browser)
      await expect(slow.session.update((data) => void (data.count = 1))).rejects.toBeInstanceOf(SessionEndedError)
      await expect(slow.session.save()).rejects.toBeInstanceOf(SessionEndedError)
      expect((await slow.leave()).setCookies).toEqual([])
      expect((await browser.look(all.backend[2])).isNew).toBe(true)
    })
  }

  it('a new session that was stored by update and ended before the response sends no cookie', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    const visit = await browser.arrive(backend[0])
    await visit.session.update((data) => void (data.count = 1))
    await backend[1].end(visit.session.handle ?? '')
    visit.session.data.theme = 'dark'
    expect((await visit.leave()).setCookies).toEqual([])
  })

  it('a rotation or a renewal of an ended session brings nothing back', async () => {
    const { backend, clock } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    clock.advance(10 * 60_000)
    const rotating = await browser.arrive(backend[0])
    const reading = await browser.arrive(backend[0])
    rotating.session.rotate()
    await browser.copy().visit(backend[1], (session) => session.end())
    expect((await rotating.leave()).setCookies).toEqual([])
    expect((await reading.leave()).setCookies).toEqual([])
    await new Promise((resolve) => setImmediate(resolve)) // the renewal runs beside the response
    expect((await browser.look(backend[1])).isNew).toBe(true)
  })
})
