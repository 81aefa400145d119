import { newHandle, type SessionStore } from 'sessera'
import { redisStore } from 'sessera/redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { findOtherServers, type Launch } from '../../support/servers/other-releases.js'
import { startRedisCluster, type RedisCluster } from '../../support/servers/redis-cluster.js'
import { startRedis, startRedisFrom, type RedisServer } from '../../support/servers/redis.js'
import { clusterLibraries, libraries } from './clients.js'
import {
  clusterHandshakes,
  createUser,
  handshakes,
  refusedTo,
  tried,
  useEveryVerb,
  type User,
  withoutScripts,
} from './users.js'

const { nodeRedis6 } = libraries
const commands = withoutScripts

const found = await findOtherServers()
const reason = found.status === 'missing' ? found.reason : undefined
const orWhyNot = reason === undefined ? '' : ` (skipped: ${reason})`
it.skipIf(reason !== undefined && !process.env.CI)(`a server that knows IFEQ can be tested${orWhyNot}`, () => {
  expect(reason).toBeUndefined()
})

/** The warnings about scripts; each text comes once in a process. */
const warnings = (): unknown[] =>
  vi.mocked(process.emitWarning).mock.calls.filter(([text]) => String(text).includes('EVALSHA'))
const emitted = (globalThis as { [symbol: symbol]: Set<string> | undefined })[Symbol.for('sessera.redis-warnings')]
beforeEach(() => {
  emitted?.clear()
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(() => void vi.restoreAllMocks())

/** A store of a user with these rights, for the time of `work`. */
async function asUser(server: RedisServer, rights: string, work: (store: SessionStore, user: User) => Promise<void>) {
  const user = await createUser([server], `${rights} ${tried} +ping`)
  const { client, close } = await nodeRedis6.connect({ port: server.port, user })
  try {
    await work(redisStore({ client }), user)
  } finally {
    close()
  }
}

for (const launch of found.status === 'ready' ? [found.valkey8] : []) describeValkey(launch)

function describeValkey(launch: Launch): void {
  describe('on a server that knows IFEQ', () => {
    let server: RedisServer
    let withoutLua: RedisServer
    beforeAll(async () => {
      server = await startRedisFrom(launch)
      const renamed = ['EVAL', 'EVALSHA'].flatMap((name) => ['--rename-command', name, ''])
      withoutLua = await startRedisFrom(launch, ...renamed)
    })
    afterAll(() => Promise.all([server?.stop(), withoutLua?.stop()]))

    it.each(Object.values(libraries))('these commands are enough, with $name', async ({ name, connect }) => {
      const user = await createUser([server], `${commands} ${tried} ${handshakes[name]}`)
      const { client, close } = await connect({ port: server.port, user })
      try {
        await useEveryVerb(redisStore({ client }))
        // Without MGET, sessions are read one by one.
        expect(await refusedTo(user, [server])).toEqual(['evalsha', 'mget'])
        expect(warnings()).toEqual([])
      } finally {
        close()
      }
    })

    it.each(Object.values(libraries))('it need not have scripts at all, with $name', async ({ connect }) => {
      const { client, close } = await connect({ port: withoutLua.port })
      try {
        await useEveryVerb(redisStore({ client }))
      } finally {
        close()
      }
    })

    it('nothing is stored without ECHO, as the replies to changes could not be checked', async () => {
      await asUser(server, commands.replace('+echo ', ''), async (store) => {
        await expect(store.ready?.()).resolves.toBeUndefined()
        const refused = { code: 'STORE_REFUSED', message: expect.stringContaining('+echo') as unknown }
        await expect(store.insert(newHandle(), 'text', 60_000)).rejects.toMatchObject(refused)
      })
    })

    describeCluster(launch)

    it('rights may change while the store is used', async () => {
      await asUser(
        server,
        `${commands} +getrange +exists +eval +evalsha +zrange +pttl`,
        async (store, { username }) => {
          const change = (...rights: string[]): Promise<unknown> =>
            server.command('ACL', 'SETUSER', username, ...rights)
          await useEveryVerb(store)
          await change('-eval', '-evalsha')
          await useEveryVerb(store)
          await change('+eval', '+evalsha', '-echo')
          await useEveryVerb(store)
        },
      )
    })
  })
}

function describeCluster(launch: Launch): void {
  describe('in a Cluster', () => {
    let cluster: RedisCluster
    beforeAll(async () => {
      cluster = await startRedisCluster((...settings) => startRedisFrom(launch, ...settings))
    }, 60_000)
    afterAll(() => cluster?.stop())

    it.each(clusterLibraries)(
      'the words of ECHO come from the master of the session, with $name',
      async ({ name, connect }) => {
        const user = await createUser(cluster.nodes, `${commands} ${tried} ${clusterHandshakes[name]}`)
        const { client, close } = await connect(
          cluster.nodes.map(({ port }) => port),
          user,
        )
        try {
          const store = redisStore({ client })
          for (let count = 0; count < 6; count += 1) await useEveryVerb(store)
          const handle = newHandle()
          const owner = await cluster.ownerOf(await cluster.slotOf(`sessera:${handle}`))
          for (const node of cluster.nodes) await node.command('CONFIG', 'RESETSTAT')
          for (let count = 0; count < 5; count += 1) await store.remove(handle)
          for (const node of cluster.nodes) {
            const [, echoes = '0'] =
              /^cmdstat_echo:calls=(\d+)/m.exec(String(await node.command('INFO', 'commandstats'))) ?? []
            expect(echoes).toBe(node === owner ? '5' : '0')
          }
        } finally {
          close()
        }
      },
    )
  })
}

describe('on a server that does not know IFEQ', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server?.stop())

  it('a user without scripts reads, and is told what to grant, with one warning', async () => {
    await asUser(server, commands, async (store) => {
      await store.ready?.()
      const handle = newHandle()
      expect(await store.load(handle)).toBeUndefined()
      for (const call of [
        store.insert(handle, 'text', 60_000),
        store.replace(handle, 'AAAAAAAAAAA', 'text', 60_000),
        store.remove(handle),
      ]) {
        const refused = {
          code: 'STORE_REFUSED',
          message: expect.stringMatching(/\+eval \+evalsha.*Valkey 8\.1/) as unknown,
        }
        await expect(call).rejects.toMatchObject(refused)
      }
      expect(warnings()).toEqual([[expect.stringContaining('+evalsha'), { code: 'SESSERA_REDIS_SCRIPTS' }]])
    })
  })
})
