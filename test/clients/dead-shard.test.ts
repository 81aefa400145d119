import { createSessions, type Sessions } from 'sessera'
import { redisStore } from 'sessera/redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { slotOf } from '../../src/stores/redis/shards.js'
import { startRedisCluster, type RedisCluster } from '../servers/redis-cluster.js'
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

  beforeAll(async () => {
    cluster = await startRedisCluster()
    connection = await connect(cluster.nodes.map(({ port }) => port))
    sessions = createSessions({
      store: redisStore({ client: connection.client, prefix }),
      cookie: { name: 'shop', secure: false },
    })
    const [dead] = cluster.nodes
    all = await Promise.all(Array.from({ length: visitors }, async () => signUp(dead!.port)))
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
