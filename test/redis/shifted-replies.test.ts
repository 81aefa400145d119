import { redisStore, type RedisClient } from 'sessera/redis'
import { expect, it, onTestFinished } from 'vitest'
import { newHandle, newVersion } from '../../src/store.js'
import { sendThrough } from '../../src/stores/redis/client.js'
import { echoScript } from '../../src/stores/redis/reply-guard.js'
import { redisInTests } from '../support/servers/redis-in-tests.js'
import { testClients } from '../support/redis-clients.js'

const server = await redisInTests()

it.each(testClients)(
  'redisStore with $name refuses the answers of a connection that has lost one',
  async ({ connect }) => {
    const connection = await connect(server.url)
    onTestFinished(() => connection.close())
    const store = redisStore({ client: connection.client })
    const [one, other, gone] = [newHandle(), newHandle(), newHandle()]
    const versions = await Promise.all([one, other].map((handle) => store.insert(handle, 'text', 60_000)))
    await store.replace(gone, newVersion(), 'none', 60_000) // the server knows the scripts from here on
    await store.remove(gone)
    const shifted = redisStore({ client: shiftingReplies(connection.client) })
    const calls = [
      () => shifted.remove(gone), // its answer is lost
      () => shifted.remove(one, newVersion()),
      () => shifted.replace(one, versions[0]!, 'new', 60_000),
      () => shifted.replace(one, versions[0]!, 'newer', 60_000),
      () => shifted.replace(gone, newVersion(), 'new', 60_000),
      () => shifted.replace(other, versions[1]!, 'new', 60_000),
      () => shifted.remove(one),
      () => shifted.remove(other),
    ]
    const codes = []
    for (const call of calls) codes.push(await call().then(String, ({ code }) => code))
    expect(codes).toEqual(['STORE_UNAVAILABLE', ...Array.from(calls.slice(1), () => 'RECORD_MISMATCH')])
  },
)

/**
 * The client, over whose connection the first reply gets lost, so that each call is given the answer of the one before. What the store
 * does to get well stays without effect.
 */
function shiftingReplies(client: RedisClient): RedisClient {
  const send = sendThrough(client)
  let before: unknown
  const sendCommand = async (command: [string, string]): Promise<unknown> => {
    if (command[0] === 'QUIT' || command[1] === echoScript.sha1) return new Promise(() => {})
    const reply = await send('', command)
    if (command[0] === 'TIME' || command[0] === 'INFO') return reply
    const given = before
    before = reply
    return given
  }
  return { sendCommand }
}
