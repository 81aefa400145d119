import { createSessions, InvalidOptionError, memoryStore, SessionLimitError, type SessionsOptions } from 'sessera'
import { gate } from 'sessera/testing'
import { describe, expect, it } from 'vitest'
import { Browser } from '../../support/browser.js'
import { fleet } from '../../support/fleet.js'
import { recordEvents } from '../../support/record-events.js'

type Backend = ReturnType<typeof fleet>['backend'][number]

async function signIn(backend: Backend, userId = 'ada'): Promise<Browser> {
  const browser = new Browser()
  await browser.visit(backend, (session) => session.signIn(userId))
  return browser
}

describe('maxSessionsPerUser', () => {
  it('TR-9: ends the sessions that signed in first, by default', async () => {
    const { backend, clock } = fleet({ maxSessionsPerUser: 2 })
    const ended = recordEvents('ended')
    const browsers = []
    for (let count = 0; count < 4; count++) {
      browsers.push(await signIn(backend[count % 2 === 0 ? 0 : 1]))
      clock.advance(1000)
    }
    const users = await Promise.all(browsers.map(async (browser) => (await browser.look(backend[2])).userId))
    expect(users).toEqual([undefined, undefined, 'ada', 'ada'])
    expect(ended.map(({ reason }) => reason)).toEqual(['limit', 'limit'])
    expect((await (await signIn(backend[0], 'bob')).look(backend[0])).userId).toBe('bob')
  })

  it('refuses one more with onOverflow "refuse", stores nothing signed in, and takes it once there is room', async () => {
    const { backend } = fleet({ maxSessionsPerUser: 2, onOverflow: 'refuse' })
    const first = await signIn(backend[0])
    await signIn(backend[1])
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.theme = 'dark'))
    for (const tries of [browser, new Browser()])
      await expect(tries.visit(backend[2], (session) => session.signIn('ada'))).rejects.toThrow(SessionLimitError)
    expect(await browser.look(backend[0])).toMatchObject({ userId: undefined, data: { theme: 'dark' } })
    expect(await backend[0].user('ada').count()).toBe(2)
    await first.visit(backend[0], (session) => session.end())
    await browser.visit(backend[2], (session) => session.signIn('ada'))
    expect((await browser.look(backend[0])).userId).toBe('ada')
  })

  it('does not count what has expired, nor the session that signs in again', async () => {
    const { backend, clock } = fleet({ maxSessionsPerUser: 1, onOverflow: 'refuse' })
    await signIn(backend[0])
    clock.advance(1_800_000)
    const browser = await signIn(backend[0])
    await browser.visit(backend[1], (session) => session.signIn('ada'))
    expect((await browser.look(backend[2])).userId).toBe('ada')
    await browser.visit(backend[1], (session) => {
      session.end()
      session.signIn('ada')
    })
    expect((await browser.look(backend[2])).userId).toBe('ada')
  })

  it.each(['end-oldest', 'refuse'] as const)('is exact under parallel sign-ins: %s', async (onOverflow) => {
    const { backend, store } = fleet({ maxSessionsPerUser: 3, onOverflow })
    const held = gate()
    store.tap('add', (original) => async (...given) => {
      await held.pass()
      return original(...given)
    })
    const signIns = Promise.allSettled(Array.from({ length: 20 }, (_, index) => signIn(backend[index % 3] as Backend)))
    await held.reached
    held.open()
    const results = await signIns
    expect(await backend[0].user('ada').count()).toBe(3)
    const succeeded = results.filter(({ status }) => status === 'fulfilled').length
    expect(succeeded).toBe(onOverflow === 'refuse' ? 3 : 20)
  })

  it('does not count an anonymous session that a sign-in had to leave', async () => {
    const { backend } = fleet({ maxSessionsPerUser: 1, onOverflow: 'refuse' })
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    const { session, leave } = await browser.arrive(backend[0])
    await browser.copy().visit(backend[1], ({ data }) => void (data.count = 2))
    session.signIn('ada')
    await leave()
    expect((await browser.look(backend[2])).userId).toBe('ada')
    expect(await backend[2].user('ada').count()).toBe(1)
  })

  it('can depend on the user', async () => {
    const most = async (userId: string): Promise<number> => (userId === 'admin' ? 1 : Infinity)
    const { backend } = fleet({ maxSessionsPerUser: most })
    for (const userId of ['admin', 'admin', 'ada', 'ada']) await signIn(backend[0], userId)
    expect(await backend[0].user('admin').count()).toBe(1)
    expect(await backend[0].user('ada').count()).toBe(2)
    const wrong = fleet({ maxSessionsPerUser: () => 0 })
    await expect(signIn(wrong.backend[0])).rejects.toThrow(InvalidOptionError)
  })

  it('refuses wrong options at the start', () => {
    const { users: _, ...store } = memoryStore()
    const wrong: SessionsOptions[] = [
      { maxSessionsPerUser: 0 },
      { maxSessionsPerUser: 1.5 },
      { maxSessionsPerUser: '3' as never },
      { onOverflow: 'end' as never },
      { maxSessionsPerUser: 3, store },
    ]
    for (const options of wrong) expect(() => createSessions(options)).toThrow(InvalidOptionError)
  })
})
