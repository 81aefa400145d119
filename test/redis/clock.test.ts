import { redisStore } from 'sessera/redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newHandle } from '../../src/store.js'
import { redisInTests } from '../support/servers/redis-in-tests.js'
import { testClients, type TestClient } from '../support/redis-clients.js'

const hour = 3_600_000

const server = await redisInTests()

describe.each(testClients)('the clock of redisStore with $name', ({ connect }) => {
  let connection: TestClient

  beforeAll(async () => {
    connection = await connect(server.url)
  })

  afterAll(() => connection?.close())

  it.each([-hour, hour])('is the server’s on a backend that is %d ms off, and so are lifetimes', async (skew) => {
    const localClock = { now: () => Date.now() + skew, monotonic: () => performance.now() }
    const store = redisStore({ client: connection.client, localClock })
    await store.ready?.()
    expect(Math.abs(store.now() - (await serverTime()))).toBeLessThan(hour / 60)

    const handle = newHandle()
    await store.insert(handle, 'text', 60_000)
    expect(await redisStore({ client: connection.client }).load(handle)).toMatchObject({ text: 'text' })
    const lifeLeft = await server.command('PTTL', `sessera:${handle}`)
    expect(lifeLeft).toBeGreaterThan(30_000)
    expect(lifeLeft).toBeLessThanOrEqual(60_000)
  })

  it('is asked again in front of the first call after the local clock has stepped', async () => {
    let skew = 0
    const localClock = { now: () => Date.now() + skew, monotonic: () => performance.now() }
    const store = redisStore({ client: connection.client, localClock })
    await store.ready?.()
    await server.command('CONFIG', 'RESETSTAT')
    for (skew of [hour, -hour]) {
      expect(Math.abs(store.now() - Date.now())).toBeLessThan(hour / 60)
      await store.load(newHandle())
      expect(Math.abs(store.now() - Date.now())).toBeLessThan(hour / 60)
      await store.load(newHandle())
    }
    expect(await timesAsked()).toBe(2)
  })

  it('is asked at the start, and then with the first call after each minute', async () => {
    const started = Date.now()
    let elapsed = 0
    const localClock = { now: () => started + elapsed, monotonic: () => elapsed }
    await server.command('CONFIG', 'RESETSTAT')
    const store = redisStore({ client: connection.client, localClock })
    await expect.poll(timesAsked, { timeout: 10_000 }).toBe(1) // before anybody has asked for it
    await store.ready?.()
    expect(await timesAsked()).toBe(1)

    elapsed = 59_999
    await store.load(newHandle())
    expect(await timesAsked()).toBe(1)
    elapsed = 60_000
    await store.load(newHandle())
    const now = store.now()
    expect(await timesAsked()).toBe(2)
    // The answer to TIME was there with the answer to GET: nothing else was waited for.
    expect(Math.abs(now - (await serverTime()))).toBeLessThan(hour / 60)
  })
})

async function serverTime(): Promise<number> {
  const [seconds] = (await server.command('TIME')) as [string]
  return Number(seconds) * 1000
}

async function timesAsked(): Promise<number> {
  const statistics = String(await server.command('INFO', 'commandstats'))
  return Number(/^cmdstat_time:calls=(\d+)/m.exec(statistics)?.[1] ?? 0)
}
