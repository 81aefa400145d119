import { CookieNotSettableError, createSessions, DataReadOnlyError, memoryStore, type Session } from 'sessera'
import { fakeClock } from 'sessera/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { recordEvents } from '../../support/record-events.js'
import { Browser, type Data } from '../../support/browser.js'

const where = { secure: true, setsCookies: false }

async function signedIn() {
  const sessions = createSessions<Data>({ store: memoryStore() })
  const browser = new Browser()
  await browser.visit(sessions, (session) => session.signIn('ada'))
  return { sessions, cookie: browser.cookie }
}

const calls: Record<string, (session: Session<Data>) => unknown> = {
  'session.signIn()': (session) => session.signIn('bob'),
  'session.rotate()': (session) => session.rotate(),
  'session.remember()': (session) => session.remember(),
  'session.reauthenticate()': (session) => session.reauthenticate(),
  'session.end()': (session) => session.end(),
}

it.each(Object.entries(calls))('%s throws where no cookie can be set', async (name, call) => {
  const { sessions, cookie } = await signedIn()
  const { session } = await sessions.open(cookie, where)
  expect(() => call(session)).toThrow(CookieNotSettableError)
  expect(() => call(session)).toThrow(name)
})

it('what needs no new cookie works: reading, changing what is stored, renewing', async () => {
  const { sessions, cookie } = await signedIn()
  const { session, commit } = await sessions.open(cookie, where)
  session.data.theme = 'dark'
  await session.update((data) => void (data.cart = ['tea']))
  await session.renew()
  expect(await commit()).toMatchObject({ setCookies: [] })
  const { session: again } = await sessions.open(cookie)
  expect([again.userId, again.data]).toEqual(['ada', { theme: 'dark', cart: ['tea'] }])
})

it('a session that is not stored yet cannot be', async () => {
  const { sessions } = await signedIn()
  const opened = await sessions.open(undefined, where)
  await expect(opened.session.update((data) => void (data.theme = 'dark'))).rejects.toThrow(CookieNotSettableError)
  const { session, commit } = await sessions.open(undefined, where)
  session.data.theme = 'dark'
  await expect(commit()).rejects.toThrow(CookieNotSettableError)
})

describe('after the commit, where no cookie can be set', () => {
  async function committed() {
    const { sessions, cookie } = await signedIn()
    const { session, commit } = await sessions.open(cookie, where)
    await commit()
    return { sessions, cookie, session }
  }

  it('an update is stored, and the data shows it', async () => {
    const { sessions, cookie, session } = await committed()
    expect(session.data).toEqual({})
    await session.update((data) => void (data.cart = ['tea']))
    expect(session.data).toEqual({ cart: ['tea'] })
    expect((await sessions.open(cookie)).session.data).toEqual({ cart: ['tea'] })
  })

  it('every other change of the data throws', async () => {
    const { session } = await committed()
    await session.update((data) => void (data.cart = ['tea']))
    expect(() => (session.data.theme = 'dark')).toThrow(DataReadOnlyError)
    expect(() => delete session.data.cart).toThrow('session.data.cart was changed')
    expect(() => (session.data = {})).toThrow(DataReadOnlyError)
    expect(() => session.data.cart?.push('milk')).toThrow(TypeError)
    await session.save()
    expect(session.data).toEqual({ cart: ['tea'] })
  })

  it('an update that nobody awaits and that fails is an unhandled rejection', async () => {
    const { session } = await committed()
    // The test runner listens, too.
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    onTestFinished(() => listeners.forEach((listener) => void process.on('unhandledRejection', listener)))
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    onTestFinished(() => void process.off('unhandledRejection', note))
    void session.update(() => {
      throw new Error('no')
    })
    await vi.waitFor(() => expect(unhandled).toEqual([expect.objectContaining({ message: 'no' })]))
  })

  it.each(Object.entries(calls))('%s throws what it throws before', async (name, call) => {
    const { session } = await committed()
    expect(() => call(session)).toThrow(CookieNotSettableError)
    expect(() => call(session)).toThrow(name)
  })

  it('a session that is only read is renewed', async () => {
    const clock = fakeClock()
    const sessions = createSessions<Data>({ store: memoryStore({ now: clock.now }) })
    const browser = new Browser()
    await browser.visit(sessions, (session) => session.signIn('ada'))
    for (let tenMinutes = 0; tenMinutes < 5; tenMinutes++) {
      clock.advance(600_000)
      const events = recordEvents('renewed')
      await (await sessions.open(browser.cookie, where)).commit()
      await vi.waitFor(() => expect(events).toHaveLength(1), 10_000)
    }
  })
})

it('an update that would sign in, by the data, is refused and stores nothing', async () => {
  const sessions = createSessions<Data>({ store: memoryStore(), userId: ({ theme }) => theme })
  const browser = new Browser()
  await browser.visit(sessions, ({ data }) => void (data.cart = ['tea']))
  const { session } = await sessions.open(browser.cookie, where)
  await expect(session.update((data) => void (data.theme = 'ada'))).rejects.toThrow(CookieNotSettableError)
  expect((await sessions.open(browser.cookie)).session.data).toEqual({ cart: ['tea'] })
})
