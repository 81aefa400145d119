import { createClient } from 'redis'
import { createSessions, StoreUnavailableError, type Sessions } from 'sessera'
import { redisStore } from 'sessera/redis'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { Browser, type Data } from '../support/browser.js'
import { startRedis, type RedisServer } from '../support/servers/redis.js'

const nowhere = ['127.0.0.1', '1'] as const

/** Ways to let a server refuse writes, and to undo that. */
const refusals: Record<string, { refuse: readonly string[]; accept: readonly string[] }> = {
  'READONLY, by a demotion': { refuse: ['REPLICAOF', ...nowhere], accept: ['REPLICAOF', 'NO', 'ONE'] },
  'NOREPLICAS, for lack of replicas': {
    refuse: ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
    accept: ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
  },
  'NOPERM, for a lack of rights': {
    refuse: ['ACL', 'SETUSER', 'default', '-eval', '-evalsha', '-zadd'],
    accept: ['ACL', 'SETUSER', 'default', '+@all'],
  },
}

describe('sign-out everywhere on a server that refuses writes', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server?.stop())
  beforeEach(() => server.command('FLUSHALL'))

  async function start(): Promise<{ sessions: Sessions<Data>; browsers: Browser[] }> {
    const client = createClient({ url: server.url, disableOfflineQueue: true })
    client.on('error', () => {})
    await client.connect()
    onTestFinished(() => client.destroy())
    const sessions = createSessions<Data>({ store: redisStore({ client }), deadline: '5s' })
    const browsers = [new Browser(), new Browser(), new Browser()]
    for (const browser of browsers) await browser.visit(sessions, (session) => session.signIn('ada'))
    return { sessions, browsers }
  }

  const usersOf = (sessions: Sessions<Data>, browsers: readonly Browser[]) =>
    Promise.all(browsers.map(async (browser) => (await browser.look(sessions)).userId))

  it.each(Object.entries(refusals))('%s: rejects, and nobody is signed out', async (_name, { refuse, accept }) => {
    const { sessions, browsers } = await start()
    const [handle = ''] = (await sessions.user('ada').list()).map((session) => session.handle)
    await server.command(...refuse)
    try {
      await expect(sessions.user('ada').end()).rejects.toThrow(StoreUnavailableError)
      await expect(sessions.user('ada').end(handle)).rejects.toThrow(StoreUnavailableError)
      await expect(sessions.end(handle)).rejects.toThrow(StoreUnavailableError)
    } finally {
      await server.command(...accept)
    }
    await expect.poll(() => usersOf(sessions, browsers)).toEqual(['ada', 'ada', 'ada'])
    expect(await sessions.user('ada').end()).toBe(3)
    expect(await usersOf(sessions, browsers)).toEqual([undefined, undefined, undefined])
  })

  it('OOM, for lack of memory: works, also where nobody can sign in', async () => {
    const { sessions, browsers } = await start()
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    try {
      await expect(new Browser().visit(sessions, (session) => session.signIn('ada'))).rejects.toThrow(
        StoreUnavailableError,
      )
      expect(await sessions.user('ada').list()).toHaveLength(3)
      expect(await sessions.user('ada').end()).toBe(3)
    } finally {
      await server.command('CONFIG', 'SET', 'maxmemory', '0')
    }
    expect(await usersOf(sessions, browsers)).toEqual([undefined, undefined, undefined])
  })
})
