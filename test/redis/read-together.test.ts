import { newHandle } from 'sessera'
import { redisStore } from 'sessera/redis'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { testClients, type TestClient } from '../support/redis-clients.js'
import { redisInTests } from '../support/servers/redis-in-tests.js'

const server = await redisInTests()
beforeEach(() => server.command('FLUSHALL'))

describe.each(testClients)('sessions that are read at the same moment through $name', ({ connect }) => {
  async function open(url = server.url): Promise<TestClient> {
    const connection = await connect(url)
    onTestFinished(() => connection.close())
    return connection
  }

  it('cost two commands in all, and each reader gets its own', async () => {
    const store = redisStore({ client: (await open()).client })
    const handles = Array.from({ length: 20 }, () => newHandle())
    await Promise.all(handles.map((handle, index) => store.insert(handle, `text ${index}`, 60_000)))
    await server.command('CONFIG', 'RESETSTAT')
    const records = await Promise.all(handles.map((handle) => store.load(handle)))
    expect(records.map((record) => record?.text)).toEqual(handles.map((_, index) => `text ${index}`))
    expect(await readsByCommand()).toEqual({ get: 1, mget: 1 })
  })

  it('of one visitor are one read more than the first, at most', async () => {
    const store = redisStore({ client: (await open()).client })
    const handle = newHandle()
    await store.insert(handle, 'text', 60_000)
    await server.command('CONFIG', 'RESETSTAT')
    const records = await Promise.all(Array.from({ length: 10 }, () => store.load(handle)))
    for (const record of records) expect(record).toMatchObject({ text: 'text' })
    const { get, mget = 0 } = await readsByCommand()
    expect(get).toBe(1)
    expect(mget).toBeLessThanOrEqual(1)
  })

  it('are missing if their keys are free or hold no string', async () => {
    const store = redisStore({ client: (await open()).client })
    const [there, free, list] = [newHandle(), newHandle(), newHandle()]
    await store.insert(there, 'text', 60_000)
    await server.command('RPUSH', `sessera:${list}`, 'a')
    const records = await Promise.all([there, free, list, there].map((handle) => store.load(handle)))
    expect(records).toMatchObject([{ text: 'text' }, undefined, undefined, { text: 'text' }])
  })

  it('are read one by one for a user who may not run MGET, without a failure', async () => {
    await server.command('ACL', 'SETUSER', 'plain', 'reset', 'on', '>x', '~*', '+@all', '-mget')
    const own = redisStore({ client: (await open()).client })
    const handles = Array.from({ length: 4 }, () => newHandle())
    await Promise.all(handles.map((handle) => own.insert(handle, `text of ${handle}`, 60_000)))
    const store = redisStore({ client: (await open(server.url.replace('//', '//plain:x@'))).client })
    await server.command('ACL', 'LOG', 'RESET')
    for (let count = 0; count < 3; count += 1) {
      const records = await Promise.all(handles.map((handle) => store.load(handle)))
      expect(records.map((record) => record?.text)).toEqual(handles.map((handle) => `text of ${handle}`))
    }
    expect(await server.command('ACL', 'LOG')).toHaveLength(1)
    const [refusal] = (await server.command('ACL', 'LOG')) as [{ readonly count: number }]
    expect(refusal).toMatchObject({ count: 1 })
  })
})

/** How often the server has read, by command. */
async function readsByCommand(): Promise<{ readonly get?: number; readonly mget?: number }> {
  const statistics = String(await server.command('INFO', 'commandstats'))
  const counts = [...statistics.matchAll(/^cmdstat_(m?get):calls=(\d+)/gm)]
  return Object.fromEntries(counts.map(([, name, calls]) => [name, Number(calls)]))
}
