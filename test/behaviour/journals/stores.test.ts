import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStore, type SessionStore } from 'sessera'
import { lmdbStore } from 'sessera/lmdb'
import { redisStore } from 'sessera/redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { testClients } from '../../support/redis-clients.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'

const redis = await redisInTests()
const day = 86_400_000

const stores: Record<string, () => Promise<SessionStore>> = {
  memoryStore: async () => memoryStore(),
  async lmdbStore() {
    const path = mkdtempSync(join(tmpdir(), 'sessera-journal-'))
    const store = lmdbStore({ path })
    onTestFinished(async () => {
      await store.close()
      rmSync(path, { recursive: true, force: true })
    })
    return store
  },
  ...Object.fromEntries(
    testClients.map(({ name, connect }) => [
      `redisStore, ${name}`,
      async () => {
        const { client, close } = await connect(redis.url)
        onTestFinished(close)
        return redisStore({ client, prefix: `journal-${Math.random()}:` })
      },
    ]),
  ),
}

describe.each(Object.entries(stores))('the journal of %s', (_name, open) => {
  it('has the texts of this user, the latest first, and as many as it is to keep', async () => {
    const { journal } = await open()
    for (let number = 1; number <= 5; number++) {
      await journal?.append('ada', `${number} {} \r\n ü😀`, day, 3)
      await new Promise((resolve) => setTimeout(resolve, 2)) // the order is that of the clock, in ms
    }
    await journal?.append('bob', 'bob', day, 3)
    expect(await journal?.read('ada')).toEqual(['5 {} \r\n ü😀', '4 {} \r\n ü😀', '3 {} \r\n ü😀'])
    expect(await journal?.read('nobody')).toEqual([])
    await journal?.clear('ada')
    expect(await journal?.read('ada')).toEqual([])
    expect(await journal?.read('bob')).toEqual(['bob'])
  })

  it('forgets what was to be kept for less time', async () => {
    const { journal } = await open()
    await journal?.append('ada', 'short', 1, 10)
    await journal?.append('ada', 'long', day, 10)
    await expect.poll(() => journal?.read('ada')).toEqual(['long'])
  })
})
