import { redisStore } from 'sessera/redis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newHandle, newVersion, type SessionStore } from '../../src/store.js'
import { redisInTests } from '../support/servers/redis-in-tests.js'
import { testClients, type TestClient } from '../support/redis-clients.js'

const server = await redisInTests()

// Unhandled rejections fail the run by themselves: nothing below may leave one.
describe.each(testClients)('redisStore with $name', ({ connect }) => {
  let connection: TestClient
  let store: SessionStore

  beforeEach(async () => {
    connection = await connect(server.url)
    store = redisStore({ client: connection.client })
  })

  afterEach(() => {
    connection?.close()
    server.resume()
  })

  it('gives no answer for a server that hangs, and the right one when it goes on', async () => {
    const handle = newHandle()
    const version = await store.insert(handle, 'text', 60_000)
    server.pause()
    let answered = false
    const loading = store.load(handle)
    const removing = store.remove(handle, newVersion())
    const answers = Promise.all([loading, removing]).finally(() => {
      answered = true
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(answered).toBe(false)
    server.resume()
    expect(await answers).toEqual([{ text: 'text', version }, 'changed'])
  })

  it('rejects every call while the server is down, and works again when it is back', async () => {
    const handle = newHandle()
    const version = await store.insert(handle, 'text', 60_000)
    server.pause() // so that the calls below are under way, or not yet written, when the connection breaks
    const underWay = store.load(handle)
    const settled = underWay.then(
      () => 'answered',
      () => 'rejected',
    )
    await server.kill()
    expect(await settled).toBe('rejected')
    for (const call of callsOf(store, version!)) await expect(call()).rejects.toBeInstanceOf(Error)

    await server.restart()
    await expect.poll(() => store.load(handle).catch(() => 'failed'), { timeout: 10_000 }).toBeUndefined()
    const restored = await store.insert(handle, 'again', 60_000)
    expect(await store.replace(handle, restored!, 'and again', 60_000)).toMatchObject({ status: 'replaced' })
  })

  it('can be made before the server is there, is not ready then, and rejects', async () => {
    await server.kill()
    const early = await connect(server.url)
    try {
      const store = redisStore({ client: early.client })
      await expect(store.ready?.()).rejects.toBeInstanceOf(Error)
      for (const call of callsOf(store, newVersion())) await expect(call()).rejects.toBeInstanceOf(Error)
      await server.restart()
      await expect.poll(() => store.ready?.().then(() => 'ready', String), { timeout: 10_000 }).toBe('ready')
    } finally {
      early.close()
    }
  })

  it('leaves the client open when it is closed', async () => {
    await store.close()
    expect(await redisStore({ client: connection.client }).load(newHandle())).toBeUndefined()
  })
})

function callsOf(store: SessionStore, version: string): (() => Promise<unknown>)[] {
  const handle = newHandle()
  return [
    () => store.load(handle),
    () => store.insert(handle, 'text', 60_000),
    () => store.replace(handle, version, 'text', 60_000),
    () => store.remove(handle),
    () => store.remove(handle, version),
  ]
}
