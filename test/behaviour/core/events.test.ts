import { onSessionEvent, StoreUnavailableError, type SessionEvents } from 'sessera'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { Browser } from '../../support/browser.js'
import { fleet } from '../../support/fleet.js'
import { recordEvents } from '../../support/record-events.js'

describe('events', () => {
  it('come to typed listeners until they leave', async () => {
    const { backend } = fleet()
    const heard: unknown[] = []
    const leave = onSessionEvent('signed-in', (event) => {
      expectTypeOf(event).toEqualTypeOf<SessionEvents['signed-in']>()
      heard.push(event.userId)
    })
    await new Browser().visit(backend[0], (session) => session.signIn('ada'))
    leave()
    await new Browser().visit(backend[0], (session) => session.signIn('bob'))
    expect(heard).toEqual(['ada'])
  })

  it('LG-3: tell of a session that is found expired, and whose it was', async () => {
    const { backend, clock, store } = fleet()
    const expired = recordEvents('expired')
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    const { handle } = (await browser.arrive(backend[0])).session
    const record = await store.load(handle!)
    store.tap('load', () => async () => record) // a store that removes it late
    clock.advance(1_800_000)
    expect((await browser.look(backend[0])).isNew).toBe(true)
    expect(expired).toEqual([{ handle, userId: 'ada' }])
  })

  it('tell when the store is back after the circuit breaker had opened, once', async () => {
    const { backend, store } = fleet()
    const recovered = recordEvents('store-recovered')
    const browsers = [new Browser(), new Browser(), new Browser()]
    for (const browser of browsers) await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    store.tap('load', () => async () => {
      throw new StoreUnavailableError('There is no connection.', undefined, 'unreachable')
    })
    for (let round = 0; round < 2; round++)
      for (const browser of browsers) await expect(browser.look(backend[0])).rejects.toThrow(StoreUnavailableError)
    store.untap()
    expect(recovered).toEqual([])
    await expect
      .poll(
        () =>
          browsers[0]?.look(backend[0]).then(
            () => 'back',
            () => 'down',
          ),
        { timeout: 5000 },
      )
      .toBe('back')
    await browsers[1]?.look(backend[0])
    expect(recovered).toHaveLength(1)
  })
})
