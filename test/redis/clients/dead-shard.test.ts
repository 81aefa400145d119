import { createSessions, type Sessions } from 'sessera'
import { RedisStore } from 'sessera/connect-redis'
import { redisStore } from 'sessera/redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { slotOf } from '../../../src/stores/redis/shards.js'
import { startRedisCluster, type RedisCluster } from '../../support/servers/redis-cluster.js'
import { clusterLibraries, type Connection } from './clients.js'

const prefix = 'shards:'
const visitors = 60

interface Visitor {
  readonly cookie: string
  readonly isUnlucky: boolean
}

describe.each(clusterLibraries)('$name, of whose three masters one is dead,', ({ connect }) => {
  let cluster: RedisCluster
  let connection: Connection
  let sessions: Sessions
  let all: Visitor[]
  let lastDeadSlot: number

  beforeAll(async () => {
    cluster = await startRedisCluster()
    connection = await connect(cluster.nodes.map(({ port }) => port))
    sessions = createSessions({
      store: redisStore({ client: connection.client, prefix }),
      cookie: { name: 'shop', secure: false },
    })
    const [dead] = cluster.nodes
    all = await Promise.all(Array.from({ length: visitors }, async () => signUp(dead!.port)))
    const ranges = (await dead!.command('CLUSTER', 'SLOTS')) as [number, number][]
    lastDeadSlot = ranges.find(([from]) => from === 0)![1]
    await dead!.kill()
  }, 60_000)
  afterAll(async () => {
    connection?.close()
    await cluster?.stop()
  })

  async function signUp(deadPort: number): Promise<Visitor> {
    const { session, commit } = await sessions.open(undefined)
    session.signIn('ada')
    const [cookie = ''] = (await commit()).setCookies
    const owner = await cluster.ownerOf(slotOf(`${prefix}${session.handle}`))
    return { cookie: cookie.split(';', 1)[0]!, isUnlucky: owner.port === deadPort }
  }

  const visit = async (cookie: string): Promise<string> =>
    sessions.open(cookie).then(
      ({ session }) => session.userId ?? 'nobody',
      ({ code }: { code: string }) => code,
    )

  it('serves them from a backend that starts meanwhile, too', { timeout: 60_000 }, async () => {
    sessions = createSessions({
      store: redisStore({ client: connection.client, prefix }),
      cookie: { name: 'shop', secure: false },
    })
    const lucky = all.filter(({ isUnlucky }) => !isUnlucky)
    const answers: string[] = []
    for (const { cookie } of lucky) answers.push(await visit(cookie))
    expect(new Set(answers)).toEqual(new Set(['ada']))
  })

  it('serves the drop-in’s visitors of the others, too', { timeout: 60_000 }, async () => {
    const store = new RedisStore({ client: connection.client, prefix })
    const answers: (string | undefined)[] = []
    const get = (id: string): Promise<string | undefined> =>
      store.get(id).then(
        () => undefined,
        ({ code }: { code: string }) => code,
      )
    const ids = Array.from({ length: visitors }, (_, index) => `id${index}`)
    const isUnlucky = ids.map((id) => slotOf(prefix + id) <= lastDeadSlot)
    for (let round = 0; round < 4; round += 1) {
      const failing = Promise.all(ids.filter((_, index) => isUnlucky[index]).map(get))
      for (const [index, id] of ids.entries()) if (!isUnlucky[index]) answers.push(await get(id))
      expect(new Set(await failing)).toEqual(new Set(['STORE_UNAVAILABLE']))
    }
    expect(answers.length).toBeGreaterThan(80)
    expect(answers.filter((answer) => answer !== undefined)).toEqual([])
  })

  it('serves the visitors of the others, whatever is asked of the dead one', { timeout: 60_000 }, async () => {
    const lucky = all.filter(({ isUnlucky }) => !isUnlucky)
    const unlucky = all.filter(({ isUnlucky }) => isUnlucky)
    expect(lucky.length).toBeGreaterThan(20)
    expect(unlucky.length).toBeGreaterThan(5)
    const answers: string[] = []
    for (let round = 0; round < 8; round += 1) {
      const failing = Promise.all(unlucky.map(({ cookie }) => visit(cookie)))
      for (const { cookie } of lucky) answers.push(await visit(cookie))
      expect(new Set(await failing)).toEqual(new Set(['STORE_UNAVAILABLE']))
    }
    expect(answers.filter((answer) => answer !== 'ada')).toEqual([])
  })
})
