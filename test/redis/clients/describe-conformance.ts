import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { newHandle, type SessionStore } from 'sessera'
import { redisStore } from 'sessera/redis'
import { type InterruptedStore, registerCases, storeCases } from 'sessera/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Connection } from './clients.js'

/** A server or a Cluster that can go away and come back. */
interface Restartable {
  kill(): Promise<void>
  restart(): Promise<void>
}

/**
 * Runs the whole conformance suite on connections of one client: two to a server that answers, and one to a server that has
 * been killed since. The suite may restart that one. The cases and groups named in `without` are left out.
 */
export function describeConformance<Server extends Restartable>(
  name: string,
  servers: () => { readonly live: Server; readonly dead: Server },
  connect: (server: Server) => Promise<Connection>,
  without: readonly string[] = [],
): void {
  describe(`on ${name}`, () => {
    const live: Connection[] = []
    let cut: Connection
    beforeAll(async () => {
      const { dead } = servers()
      for (let count = 0; count < 2; count += 1) live.push(await connect(servers().live))
      await dead.restart()
      cut = await connect(dead)
      await dead.kill()
    })
    afterAll(() => [...live, cut].forEach((connection) => connection?.close()))

    async function openCut(): Promise<InterruptedStore> {
      const { dead } = servers()
      const store = redisStore({ client: cut.client })
      return {
        store,
        async recover() {
          await dead.restart()
          await untilItAnswers(store)
        },
        close: () => dead.kill(),
      }
    }

    const cases = storeCases({
      atomicity: 'store',
      realTime: true,
      users: true,
      list: true,
      journal: true,
      announcements: true,
      async open() {
        const prefix = `conformance-${randomUUID()}:`
        const [store, second] = live.map(({ client }) => redisStore({ client, prefix })) as [SessionStore, SessionStore]
        return {
          store,
          second,
          advance: (ms) => wait(ms),
          close: async () => void (await Promise.all([store.close(), second.close()])),
        }
      },
      unreachable: openCut,
      interrupted: openCut,
    })
    // By valkey-glide, the store announces but does not listen.
    const left = new Set(name.includes('valkey-glide') ? [...without, 'delivery of announcements'] : without)
    const wanted = cases.filter((one) => !left.has(one.name) && !left.has(one.group))
    // Most of their time they wait. Those that start the dead server again must take turns.
    const startsAgain = ({ name: text }: { readonly name: string }): boolean => text.includes('backend is back')
    const together = { describe, it: it.concurrent }
    registerCases(
      together,
      `redisStore with ${name}`,
      wanted.filter((one) => !startsAgain(one)),
    )
    registerCases({ describe, it }, `redisStore with ${name} and a server that comes back`, wanted.filter(startsAgain))
  })
}

/** A client reconnects in its own time. */
async function untilItAnswers(store: SessionStore): Promise<void> {
  for (const deadline = Date.now() + 12_000; Date.now() < deadline; await wait(20)) {
    const answered = await store.load(newHandle()).then(
      () => true,
      () => false,
    )
    if (answered) return
  }
}
