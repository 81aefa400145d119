import { createSessions, memoryStore, type Sessions, type SessionStore } from 'sessera'
import { redisStore } from 'sessera/redis'
import { onTestFinished, vi } from 'vitest'
import { Browser, type Data } from '../../support/browser.js'
import { testClients } from '../../support/redis-clients.js'

/** The sessions of one backend, in memory or in a store like it. */
export function inMemory(store: SessionStore = memoryStore()): Sessions<Data> {
  return createSessions<Data>({ store, cookie: { secure: false } })
}

/** The sessions of a backend with a connection of its own, until the test is over. */
export async function inRedis(url: string): Promise<Sessions<Data>> {
  const { client, close } = await testClients[0]!.connect(url)
  const sessions = createSessions<Data>({ store: redisStore({ client }), cookie: { secure: false }, deadline: '10s' })
  onTestFinished(async () => {
    await sessions.close()
    close()
  })
  return sessions
}

export async function signedIn(sessions: Sessions<Data>): Promise<Browser> {
  const browser = new Browser()
  await browser.visit(sessions, (session) => session.signIn('ada'))
  return browser
}

/** Errors of 500 and above are printed. */
export function hideErrors(): void {
  const print = vi.spyOn(console, 'error').mockReturnValue()
  onTestFinished(() => print.mockRestore())
}
