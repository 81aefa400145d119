import { setTimeout as wait } from 'node:timers/promises'
import { createSessions, newHandle, type Sessions, type SessionStore } from 'sessera'
import { redisStore } from 'sessera/redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sendThrough } from '../../../src/stores/redis/client.js'
import { reconnector } from '../../../src/stores/redis/reconnect.js'
import type { RedisServer } from '../../support/servers/redis.js'
import { startRedisCluster, type RedisCluster } from '../../support/servers/redis-cluster.js'
import { clusterLibraries, type Connection, recommended } from './clients.js'
import { describeConformance } from './describe-conformance.js'

const prefix = 'moving:'

let live: RedisCluster
let dead: RedisCluster
beforeAll(async () => {
  ;[live, dead] = await Promise.all([startRedisCluster(), startRedisCluster()])
}, 60_000)
afterAll(() => Promise.all([live?.stop(), dead?.stop()]))

const portsOf = (cluster: RedisCluster): number[] => cluster.nodes.map(({ port }) => port)

for (const { name, connect } of clusterLibraries) {
  describeConformance(
    `${name} in a Cluster`,
    () => ({ live, dead }),
    (cluster) => connect(portsOf(cluster)),
  )
}

describe.each(clusterLibraries)('$name, while slots move between the masters of a Cluster,', ({ connect }) => {
  const connections: Connection[] = []
  let stores: [SessionStore, SessionStore]
  beforeEach(async () => {
    for (let count = 0; count < 2; count += 1) connections.push(await connect(portsOf(live)))
    stores = connections.map(({ client }) => redisStore({ client, prefix })) as typeof stores
    await Promise.all(live.nodes.map((node) => node.command('CONFIG', 'RESETSTAT')))
  })
  afterEach(() => connections.splice(0).forEach((connection) => connection.close()))

  it('loses no update, counts exactly and sees no error', { timeout: 60_000 }, async () => {
    const backends = stores.map((store) => createSessions<{ count: number }>({ store, deadline: '10s' }))
    const visitors = await Promise.all(Array.from({ length: 6 }, () => signUp(backends[0]!)))

    let moving = true
    const load = visitors.flatMap((visitor) =>
      backends.map(async (backend) => {
        while (moving) await visitor.count(backend)
      }),
    )
    const moves = moveThereAndBack(visitors).finally(() => {
      moving = false
    })
    await Promise.all([moves, ...load])

    for (const visitor of visitors) {
      for (const backend of backends) expect(await visitor.read(backend)).toBe(visitor.counted())
    }
    expect(await countAsks()).toBeGreaterThan(visitors.length)
  })

  it('ends sessions and makes new ones', async () => {
    const [one, other] = stores
    const ended = newHandle()
    const version = await one.insert(ended, 'text', 60_000)
    const { slot, target } = await moveFor(`${prefix}${ended}`)
    await live.migrate(slot, target, async () => {
      expect(await other.load(ended)).toEqual({ text: 'text', version })
      expect(await other.remove(ended, version)).toBe('removed')
      expect(await one.replace(ended, version!, 'late', 60_000)).toEqual({ status: 'gone' })
      expect(await one.load(ended)).toBeUndefined()
      expect(await one.insert(ended, 'another', 60_000)).toBeDefined() // the slot of a new session is that of its handle
      expect(await other.load(ended)).toMatchObject({ text: 'another' })
    })
    for (const store of stores) expect(await store.load(ended)).toMatchObject({ text: 'another' })
    expect(await countAsks()).toBeGreaterThan(0)
  })
})

// As after shifted replies, which no test can cause inside a Cluster.
describe.each(clusterLibraries)('$name, told to end a connection in a Cluster,', ({ connect }) => {
  it('makes a new one and goes on', { timeout: 30_000 }, async () => {
    const { client, close } = await connect(portsOf(live))
    try {
      const send = sendThrough(client)
      const reconnect = reconnector(client, send, 100)
      expect(await send('key', ['GET', 'key'])).toBeNull()
      const before = await countConnections()
      reconnect('key')
      await expect.poll(() => send('key', ['GET', 'key']).catch(String), { timeout: 15_000 }).toBeNull()
      await expect.poll(countConnections, { timeout: 5000 }).toBeGreaterThan(before)
    } finally {
      close()
    }
  })
})

// glide's `createClient` rejects: there is no client then.
describe.each(clusterLibraries.filter(({ name }) => name !== 'valkey-glide'))(
  '$name, made while no node of the Cluster is up,',
  ({ connect }) => {
    it('finds it by itself once it is there', { timeout: 30_000 }, async () => {
      await dead.kill()
      const { client, close } = await connect(portsOf(dead), undefined, recommended)
      try {
        const store = redisStore({ client })
        await expect(store.load(newHandle())).rejects.toBeInstanceOf(Error)
        await wait(1000) // some vain attempts
        await dead.restart()
        await expect.poll(() => store.load(newHandle()).catch(String), { timeout: 15_000 }).toBeUndefined()
      } finally {
        close()
      }
    })
  },
)

type Backend = Sessions<{ count: number }>

interface Visitor {
  readonly key: string
  /** Adds one, in a request of its own. */
  count(backend: Backend): Promise<void>
  /** How often `count` has succeeded. */
  counted(): number
  /** What the session says. */
  read(backend: Backend): Promise<number | undefined>
}

async function signUp(backend: Backend): Promise<Visitor> {
  const first = await backend.open(undefined, { secure: true })
  first.session.data.count = 0
  const { setCookies } = await first.commit()
  const cookie = setCookies[0]!.split(';')[0]!
  let counted = 0
  return {
    key: `${prefix}${first.session.handle}`,
    async count(backend) {
      const { session, commit } = await backend.open(cookie, { secure: true })
      await session.update((data) => {
        data.count = data.count! + 1
      })
      await commit()
      counted += 1
    },
    counted: () => counted,
    async read(backend) {
      const { session } = await backend.open(cookie, { secure: true })
      return session.data.count
    },
  }
}

/** Each visitor's slot goes to another master and back, and stays on both sides until the visitor has been served there. */
async function moveThereAndBack(visitors: readonly Visitor[]): Promise<void> {
  for (const { key, counted } of visitors) {
    const { slot, source, target } = await moveFor(key)
    for (const next of [target, source]) {
      await live.migrate(slot, next, async () => {
        const before = counted()
        await expect.poll(counted, { timeout: 20_000, interval: 5 }).toBeGreaterThan(before + 4)
      })
    }
  }
}

async function moveFor(key: string): Promise<{ slot: number; source: RedisServer; target: RedisServer }> {
  const slot = await live.slotOf(key)
  const source = await live.ownerOf(slot)
  return { slot, source, target: live.nodes.find((node) => node !== source)! }
}

/** How many connections the masters have had. */
async function countConnections(): Promise<number> {
  const counts = live.nodes.map(async (node) => {
    const statistics = String(await node.command('INFO', 'stats'))
    return Number(/total_connections_received:(\d+)/.exec(statistics)![1])
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

/** How often the masters were asked by a client that another master had sent on. */
async function countAsks(): Promise<number> {
  const counts = live.nodes.map(async (node) => {
    const statistics = String(await node.command('INFO', 'commandstats'))
    return Number(/cmdstat_asking:calls=(\d+)/.exec(statistics)?.[1] ?? 0)
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}
