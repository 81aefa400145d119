import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { newHandle, type SessionStore } from 'sessera'
import { redisStore } from 'sessera/redis'
import { describeStore, type InterruptedStore } from 'sessera/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type TestClient, testClients } from '../support/redis-clients.js'
import { type RedisServer, startRedis } from '../support/servers/redis.js'

let server: RedisServer
let deadServer: RedisServer
beforeAll(async () => {
  server = await startRedis()
  deadServer = await startRedis()
  await deadServer.kill()
})
afterAll(() => Promise.all([server.stop(), deadServer.stop()]))

for (const { name, connect } of testClients) {
  describe(`on ${name}`, () => {
    const connections: TestClient[] = []
    beforeAll(async () => {
      connections.push(await connect(server.url), await connect(server.url))
    })
    afterAll(() => connections.forEach((connection) => connection.close()))

    async function openOnDeadServer(): Promise<InterruptedStore> {
      const connection = await connect(deadServer.url)
      const store = redisStore({ client: connection.client })
      return {
        store,
        async recover() {
          await deadServer.restart()
          await untilItAnswers(store)
        },
        async close() {
          await store.close()
          connection.close()
          await deadServer.kill()
        },
      }
    }

    describeStore({ describe, it }, `redisStore with ${name}`, {
      atomicity: 'store',
      realTime: true,
      async open() {
        const prefix = `conformance-${randomUUID()}:`
        const [store, second] = connections.map(({ client }) => redisStore({ client, prefix })) as [
          SessionStore,
          SessionStore,
        ]
        return {
          store,
          second,
          advance: (ms) => wait(ms),
          close: async () => void (await Promise.all([store.close(), second.close()])),
        }
      },
      unreachable: openOnDeadServer,
      interrupted: openOnDeadServer,
    })
  })
}

/** The client reconnects by itself; how long that takes is up to the client. */
async function untilItAnswers(store: SessionStore): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await wait(20)) {
    const answered = await store.load(newHandle()).then(
      () => true,
      () => false,
    )
    if (answered) return
  }
}
