import { createSessions, memoryStore, type Sessions, type SessionsOptions } from 'sessera'
import { fakeClock, type FakeClock } from 'sessera/testing'
import { describe, expect, it } from 'vitest'
import { Browser, type Data } from '../../support/browser.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

function start(options: SessionsOptions = {}): { clock: FakeClock; sessions: Sessions<Data> } {
  const clock = fakeClock()
  return { clock, sessions: createSessions<Data>({ ...options, store: memoryStore({ now: clock.now }) }) }
}

/** Lets writes that run beside the response come to their end on a store that answers at once. */
const aside = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the times in a list', () => {
  it('are those of the store: created, signed in, last seen to a tenth of the idle timeout, and the end', async () => {
    const { clock, sessions } = start()
    const browser = new Browser()
    const createdAt = clock.now()
    await browser.visit(sessions, ({ data }) => void (data.count = 1))
    clock.advance(minute)
    const signedInAt = clock.now()
    await browser.visit(sessions, (session) => session.signIn('ada'))
    const listed = { createdAt, signedInAt, lastSeenAt: signedInAt, expiresAt: signedInAt + 30 * minute }
    expect(await sessions.user('ada').list()).toEqual([expect.objectContaining({ ...listed, remembered: false })])

    clock.advance(3 * minute - 1)
    await browser.visit(sessions)
    await aside()
    expect(await sessions.user('ada').list()).toEqual([expect.objectContaining(listed)])
    clock.advance(1)
    await browser.visit(sessions)
    await aside()
    const seen = { createdAt, signedInAt, lastSeenAt: clock.now(), expiresAt: clock.now() + 30 * minute }
    expect(await sessions.user('ada').list()).toEqual([expect.objectContaining(seen)])
  })

  it('show the absolute timeout as the end as soon as it comes before the idle one', async () => {
    const { clock, sessions } = start({ absoluteTimeout: '40m' })
    const browser = new Browser()
    await browser.visit(sessions, (session) => session.signIn('ada'))
    const deadline = clock.now() + 40 * minute
    clock.advance(20 * minute)
    await browser.visit(sessions)
    await aside()
    expect((await sessions.user('ada').list())[0]?.expiresAt).toBe(deadline)
    clock.advance(20 * minute - 1)
    expect(await sessions.user('ada').count()).toBe(1)
    clock.advance(1)
    expect(await sessions.user('ada').list()).toEqual([])
  })

  it('are not moved by looking at the list, nor by whoever else is signed in', async () => {
    const { clock, sessions } = start()
    const [one, other] = [new Browser(), new Browser()]
    for (const browser of [one, other]) await browser.visit(sessions, (session) => session.signIn('ada'))
    clock.advance(10 * minute)
    await one.visit(sessions)
    await aside()
    for (let look = 0; look < 3; look++) await sessions.user('ada').list()
    const times = (await sessions.user('ada').list()).map(({ lastSeenAt }) => clock.now() - lastSeenAt)
    expect(times).toEqual([0, 10 * minute])
  })

  it('of a remembered session are those of its own pair, and its entry outlives the usual one', async () => {
    const { clock, sessions } = start({ remember: { idleTimeout: '7d', absoluteTimeout: '30d' } })
    const browser = new Browser()
    await browser.visit(sessions, (session) => session.signIn('ada', { remember: true }))
    clock.advance(6 * day)
    await browser.visit(sessions)
    await aside()
    const [info] = await sessions.user('ada').list()
    expect(info).toMatchObject({ remembered: true, lastSeenAt: clock.now(), expiresAt: clock.now() + 7 * day })
  })
})

describe('the cookie of a remembered session', () => {
  it('CK-8: is sent at sign-in and rotation only, and each time reaches to the absolute deadline', async () => {
    const { clock, sessions } = start({ remember: { idleTimeout: '7d', absoluteTimeout: '30d' } })
    const browser = new Browser()
    const maxAges: (number | undefined)[] = []
    const visit = async (...handler: Parameters<Browser['visit']> extends [unknown, ...infer Rest] ? Rest : never) => {
      const { setCookies } = await browser.visit(sessions, ...handler)
      await aside()
      maxAges.push(...setCookies.map((cookie) => Number(/; Max-Age=(\d+);/.exec(cookie)?.[1]) / 86_400))
    }
    await visit((session) => session.signIn('ada', { remember: true }))
    expect(maxAges).toEqual([30])

    clock.advance(5 * day) // so that it is renewed, too
    await visit()
    await visit(({ data }) => void (data.count = 1))
    await visit((session) => session.update((data) => void (data.count = 2)))
    await visit((session) => session.save())
    await visit((session) => session.renew())
    await visit((session) => session.remember())
    expect(maxAges).toEqual([30])

    await visit((session) => session.rotate())
    expect(maxAges).toEqual([30, 25])
    await visit((session) => session.rotate(), 400)
    await sessions.user('ada').list()
    expect(maxAges).toEqual([30, 25])

    clock.advance(5 * day)
    await visit((session) => session.signIn('ada', { remember: true }))
    expect(maxAges).toEqual([30, 25, 30])
  })

  it('ends with the browser again after a sign-in that is not remembered', async () => {
    const { sessions } = start()
    const browser = new Browser()
    await browser.visit(sessions, (session) => session.signIn('ada', { remember: true }))
    const { setCookies } = await browser.visit(sessions, (session) => session.signIn('ada'))
    expect(setCookies).toHaveLength(1)
    expect(setCookies[0]).not.toContain('Max-Age')
    expect(await sessions.user('ada').list()).toEqual([expect.objectContaining({ remembered: false })])
  })
})
