import { CookieNotSettableError, createSessions, memoryStore, type Session } from 'sessera'
import { expect, it } from 'vitest'
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
