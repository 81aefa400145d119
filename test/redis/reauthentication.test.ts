import { createSessions, SignInRevokedError } from 'sessera'
import { redisStore } from 'sessera/redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Browser, type Data } from '../support/browser.js'
import { testClients } from '../support/redis-clients.js'
import { redisInTests } from '../support/servers/redis-in-tests.js'

const server = await redisInTests()
const day = 86_400_000

describe.each(testClients)('a re-authentication on Redis with $name', ({ name, connect }) => {
  const prefix = `${name}:`

  async function backend(absoluteTimeout: number) {
    const { client, close } = await connect(server.url)
    onTestFinished(close)
    const store = redisStore({ client, prefix })
    return createSessions<Data>({ store, idleTimeout: absoluteTimeout, absoluteTimeout, deadline: '1m' })
  }

  it("lets the record and the entry in the user's index last as long as the session may now", async () => {
    // Two backends with different options, instead of hours of waiting.
    const [before, after] = [await backend(day / 2), await backend(10 * day)]
    const browser = new Browser()
    await browser.visit(before, (session) => session.signIn('ada'))
    const leastLifetime = async (): Promise<number> => {
      const keys = (await server.command('KEYS', `${prefix}*`)) as string[]
      expect(keys).toHaveLength(2)
      return Math.min(...(await Promise.all(keys.map(async (key) => Number(await server.command('PTTL', key))))))
    }
    expect(await leastLifetime()).toBeLessThanOrEqual(day / 2)
    await browser.visit(after, (session) => session.reauthenticate())
    expect(await leastLifetime()).toBeGreaterThan(9 * day)
    const { session } = await browser.arrive(after)
    expect(session.reauthenticatedAt).toBeGreaterThanOrEqual(session.signedInAt!)
    expect(await after.user('ada').list()).toMatchObject([{ handle: session.handle, signedInAt: session.signedInAt }])
    expect(await after.user('ada').end()).toBe(1)
  })

  it('is refused if the user was signed out everywhere meanwhile', async () => {
    const [here, there] = [await backend(day), await backend(day)]
    const browser = new Browser()
    await browser.visit(here, (session) => session.signIn('bob'))
    const { session, leave } = await browser.arrive(here)
    session.reauthenticate()
    expect(await there.user('bob').end()).toBe(1)
    await expect(leave()).rejects.toThrow(SignInRevokedError)
    expect(await there.user('bob').count()).toBe(0)
    expect((await browser.look(here)).isNew).toBe(true)
  })
})
