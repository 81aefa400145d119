import { inspect } from 'node:util'
import { newHandle } from 'sessera'
import { RedisStore } from 'sessera/connect-redis'
import { redisStore } from 'sessera/redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newVersion } from '../../../src/store.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'
import { type Connection, libraries } from './clients.js'

const server = await redisInTests('--rename-command', 'EVALSHA', '')

// Such a server repeats the whole command in its answer: for the drop-in the session's id, which is all that its cookie holds.
describe.each(Object.values(libraries))('where a command was renamed, $name', ({ connect }) => {
  let connection: Connection
  beforeAll(async () => {
    connection = await connect({ port: server.port })
  })
  afterAll(() => connection?.close())

  it('is told so by the error, in which nothing of the command stands', async () => {
    const [handle, id] = [newHandle(), 'the-id-of-a-session']
    const dropIn = new RedisStore({ client: connection.client })
    const native = redisStore({ client: connection.client })
    const failures = [() => native.replace(handle, newVersion(), 'the record', 60_000), () => dropIn.destroy(id)]
    for (const fail of failures) {
      const error: unknown = await fail().catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'STORE_REFUSED', message: expect.stringContaining('renamed') })
      const everything = inspect(error, { depth: 9, showHidden: true })
      expect(everything).toMatch(/unknown command.*EVALSHA/i)
      for (const secret of [handle, id, 'the record']) expect(everything).not.toContain(secret)
    }
  })
})
