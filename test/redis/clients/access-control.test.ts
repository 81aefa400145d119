import { readFile } from 'node:fs/promises'
import { newHandle } from 'sessera'
import { redisStore } from 'sessera/redis'
import { registerCases, storeCases } from 'sessera/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sendThrough } from '../../../src/stores/redis/client.js'
import { startRedisCluster, type RedisCluster } from '../../support/servers/redis-cluster.js'
import { startRedis, type RedisServer } from '../../support/servers/redis.js'
import { clusterLibraries, type Connection, libraries, recommended } from './clients.js'
import {
  clusterHandshakes,
  commandsOf,
  createUser,
  handshakes,
  ours,
  refusedTo,
  sparing,
  tried,
  useEveryVerb,
  useJournal,
  type User,
} from './users.js'

/** As clients and servers put it; the last is said of a command in a script. */
const refusal = /NOPERM|PermissionDenied|can't run this command/
const refused = { code: 'STORE_REFUSED', message: expect.stringContaining('grant') as unknown }

let server: RedisServer
let cluster: RedisCluster
beforeAll(async () => {
  ;[server, cluster] = await Promise.all([startRedis(), startRedisCluster()])
  vi.spyOn(console, 'warn').mockReturnValue() // ioredis says that it cannot ask whether the server is ready
}, 60_000)
afterAll(async () => {
  vi.restoreAllMocks()
  await Promise.all([server?.stop(), cluster?.stop()])
})

describe.each(Object.values(libraries))('as a user who may do only what is listed, $name', ({ name, connect }) => {
  const handshake = handshakes[name]!
  let user: User
  let connection: Connection
  beforeAll(async () => {
    user = await createUser([server], `${ours} ${handshake}`)
    connection = await connect({ port: server.port, user })
  })
  afterAll(() => connection?.close())

  const cases = storeCases({
    atomicity: 'process',
    realTime: true,
    users: true,
    list: true,
    async open() {
      const store = redisStore({ client: connection.client })
      return { store, advance: () => {}, close: () => store.close() }
    },
  })
  const groups = ['creation', 'change', 'end', 'users', 'list', 'sessions on this store']
  registerCases(
    { describe, it },
    'keeps sessions',
    cases.filter(({ group }) => groups.includes(group)),
  )

  it('is refused everything else, and the keys of others', async () => {
    const send = sendThrough(connection.client)
    for (const command of [['FLUSHALL'], ['KEYS', '*'], ['CONFIG', 'GET', '*'], ['GET', 'other:key']] as const) {
      await expect(send('sessera:', command)).rejects.toThrow(refusal)
    }
  })

  it('is refused nothing that it asks for by itself', async () => {
    const asUser = await createUser([server], `${ours} ${sparing} ${tried} ${handshake}`)
    const fresh = await connect({ port: server.port, user: asUser })
    try {
      const store = redisStore({ client: fresh.client })
      await useEveryVerb(store)
      await useJournal(store)
      expect(await refusedTo(asUser, [server])).toEqual([])
    } finally {
      fresh.close()
    }
  })

  // glide does not connect without INFO
  it.skipIf(name === 'valkey-glide')('goes on where it may not ask what the server evicts', async () => {
    const lacking = await createUser([server], `${ours} ${sparing} ${handshake.replace(tried, '+ping')}`)
    const fresh = await connect({ port: server.port, user: lacking }, recommended)
    try {
      await useEveryVerb(redisStore({ client: fresh.client }))
      await expect.poll(() => refusedTo(lacking, [server])).toEqual(['info'])
    } finally {
      fresh.close()
    }
  })

  it(`asks for ${handshake} by itself`, async () => {
    const lacking = await createUser([server], ours)
    await refusing(connect({ port: server.port, user: lacking }, recommended), async () => {
      const refused = (): Promise<string[]> => refusedTo(lacking, [server])
      await expect.poll(refused, { timeout: 10_000 }).toEqual(commandsOf(handshake))
    })
  })
})

describe.each(clusterLibraries)(
  'in a Cluster, as a user who may do only what is listed, $name',
  ({ name, connect }) => {
    const handshake = clusterHandshakes[name]!

    it('keeps sessions, also while their slots move, and is refused nothing that it asks for', async () => {
      const user = await createUser(cluster.nodes, `${ours} ${tried} ${handshake}`)
      const { client, close } = await connect(portsOf(cluster), user)
      try {
        const store = redisStore({ client })
        for (let count = 0; count < 6; count += 1) await useEveryVerb(store)
        const handle = newHandle()
        await store.insert(handle, 'text', 60_000)
        const slot = await cluster.slotOf(`sessera:${handle}`)
        const source = await cluster.ownerOf(slot)
        await cluster.migrate(
          slot,
          cluster.nodes.find((node) => node !== source)!,
          async () => {
            expect(await store.load(handle)).toMatchObject({ text: 'text' })
          },
        )
        expect(await refusedTo(user, cluster.nodes)).toEqual([])
      } finally {
        close()
      }
    })

    // ASKING is sent only while a slot moves, which the test above shows.
    it.each(commandsOf(handshake).filter((command) => command !== 'asking'))(
      'asks for %s by itself',
      async (command) => {
        const rest = handshake.split(' ').filter((rule) => rule !== `+${command}`)
        const lacking = await createUser(cluster.nodes, `${ours} ${rest.join(' ')}`)
        await refusing(connect(portsOf(cluster), lacking, recommended), async () => {
          const refused = (): Promise<string[]> => refusedTo(lacking, cluster.nodes)
          await expect.poll(refused, { timeout: 10_000 }).toEqual([command])
        })
      },
    )
  },
)

describe('of the commands of the store', () => {
  /** Every verb, by a user who may not run `command`. */
  async function withoutCommand(command: string): Promise<void> {
    const user = await createUser([server], `${ours} +ping -${command}`)
    const { client, close } = await libraries.nodeRedis6.connect({ port: server.port, user })
    try {
      await server.command('SCRIPT', 'FLUSH')
      await useEveryVerb(redisStore({ client }))
    } finally {
      close()
    }
  }

  it.each(commandsOf(ours).filter((command) => command !== 'time'))('%s is needed', async (command) => {
    await expect(withoutCommand(command)).rejects.toMatchObject(refused)
  })

  it('getrange is needed to remove a version, too: what is refused is not taken for another version', async () => {
    const user = await createUser([server], `${ours} +ping -getrange`)
    const { client, close } = await libraries.nodeRedis6.connect({ port: server.port, user })
    try {
      const store = redisStore({ client })
      const handle = newHandle()
      const version = await store.insert(handle, 'text', 60_000)
      await expect(store.remove(handle, version)).rejects.toMatchObject(refused)
    } finally {
      close()
    }
  })

  it('time is not needed, where the clocks of all backends agree', async () => {
    await withoutCommand('time')
  })
})

describe('docs/redis.md', () => {
  it('lists these commands, client by client', async () => {
    const page = await readFile(new URL('../../../docs/redis.md', import.meta.url), 'utf8')
    expect(page).toContain(`-@all ${ours}\n`)
    for (const [name, single] of Object.entries(handshakes)) {
      const row = page.split('\n').find((line) => line.startsWith(`| ${name} `) && line.includes('`+'))
      const cells = row?.split(/(?<!\\)\|/).map((cell) => cell.replaceAll(/[`\\]/g, '').trim())
      expect(cells?.slice(1, -1)).toEqual([name, single, clusterHandshakes[name] ?? '–'])
    }
  })
})

/** Runs `look` while a client tries to connect; it may or may not come of it. */
async function refusing(connecting: Promise<Connection>, look: () => Promise<void>): Promise<void> {
  const settled = connecting.then(
    (connection) => connection,
    () => undefined,
  )
  try {
    await look()
  } finally {
    const connection = await settled
    connection?.close()
  }
}

function portsOf({ nodes }: RedisCluster): number[] {
  return nodes.map(({ port }) => port)
}
