import { createSessions, type Sessions, SesseraError } from 'sessera'
import { RedisStore } from 'sessera/connect-redis'
import { redisStore } from 'sessera/redis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../../support/proxy.js'
import { seededRandom } from '../../support/random.js'
import { startRedis, type RedisServer } from '../../support/servers/redis.js'
import { type Connection, libraries, recommended } from './clients.js'

const users = ['ada', 'bob', 'cleo', 'dan']

/** What a visitor is told: a name, that nobody is signed in, or that it failed. */
type Answer = string | undefined | SesseraError

// A reply gets lost, so that each command is given the answer to another one from then on, until somebody ends the connection.
describe.each(Object.values(libraries))('with $name on a connection that has lost a reply', ({ connect }) => {
  let server: RedisServer
  let address: FaultProxy
  let connection: Connection

  beforeEach(async () => {
    server = await startRedis()
    address = await startFaultProxy(server.port, seededRandom(1))
    connection = await connect({ port: address.port })
  })

  afterEach(async () => {
    connection?.close()
    await address?.stop()
    await server?.stop()
  })

  async function nativeApi(): Promise<(user: string) => Promise<Answer>> {
    const sessions = createSessions({ store: redisStore({ client: connection.client }), cookie: { secure: false } })
    const cookies = new Map(await Promise.all(users.map(async (user) => [user, await signIn(sessions, user)] as const)))
    return async (user) => (await sessions.open(cookies.get(user))).session.userId
  }

  async function dropIn(): Promise<(user: string) => Promise<Answer>> {
    const store = new RedisStore({ client: connection.client })
    const cookie = { originalMaxAge: null }
    await Promise.all(users.map((user) => store.set(user, { cookie, user })))
    return async (user) => (await store.get(user))?.user as Answer
  }

  /** All visitors at once. */
  function visit(read: (user: string) => Promise<Answer>): Promise<Answer[]> {
    return Promise.all(users.map((user) => read(user).catch((error: SesseraError) => error)))
  }

  const whatIsTold = (answer: Answer): string => (SesseraError.is(answer) ? answer.code : String(answer))

  it.each<[name: string, open: typeof nativeApi]>([
    ['sessions', nativeApi],
    ['RedisStore', dropIn],
  ])('%s refuse what is of others, and make a new connection', async (_name, open) => {
    const read = await open()
    expect(await visit(read)).toEqual(users)
    const before = address.connectedAt.length
    address.slip('drop')

    const told: Answer[][] = []
    await expect
      .poll(async () => told[told.push(await visit(read)) - 1], { timeout: 10_000, interval: 50 })
      .toEqual(users)

    for (const answers of told) {
      answers.forEach((answer, index) =>
        expect([users[index], 'RECORD_MISMATCH', 'STORE_UNAVAILABLE']).toContain(whatIsTold(answer)),
      )
    }
    expect(told.flat().map(whatIsTold)).toContain('RECORD_MISMATCH')
    expect(address.connectedAt.length).toBeGreaterThan(before)
  })

  // Commands that have timed out, and the client's own pings, are given the replies then.
  it.each([nativeApi, dropIn])('visitors who come one by one are served again, too: %#', async (open) => {
    connection.close()
    connection = await connect({ port: address.port }, recommended)
    const read = await open()
    address.slip('drop')
    const readAlone = (): Promise<Answer> => read('ada').catch((error: SesseraError) => error)
    await readAlone()
    await expect.poll(readAlone, { timeout: 15_000, interval: 600 }).toBe('ada')
  })

  it('keeps a connection by which a record came that somebody has put in the wrong place', async () => {
    const sessions = createSessions({ store: redisStore({ client: connection.client }), cookie: { secure: false } })
    const [mine, others] = [await signIn(sessions, 'ada'), await signIn(sessions, 'bob')]
    const keyOf = (cookie: string): string => `sessera:${cookie.split('=')[1]!.slice(0, 22)}`
    await server.command('COPY', keyOf(others), keyOf(mine), 'REPLACE')
    const before = address.connectedAt.length
    for (let visits = 0; visits < 3; visits += 1) {
      await expect(sessions.open(mine)).rejects.toThrow(expect.objectContaining({ code: 'RECORD_MISMATCH' }))
    }
    expect((await sessions.open(others)).session.userId).toBe('bob')
    expect(address.connectedAt.length).toBe(before)
  })
})

/** The cookie. */
async function signIn(sessions: Sessions, user: string): Promise<string> {
  const opened = await sessions.open(undefined)
  opened.session.signIn(user)
  const { setCookies } = await opened.commit()
  return setCookies[0]!.split(';')[0]!
}
