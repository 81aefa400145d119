import { RedisStore } from 'sessera/connect-redis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startRedisCluster, type RedisCluster } from '../../support/servers/redis-cluster.js'
import { openShop, signedIn, whoIs, type Shop } from '../../compatibility/express-session/user-shop.js'
import { clusterLibraries } from './clients.js'

let cluster: RedisCluster
beforeAll(async () => {
  cluster = await startRedisCluster()
}, 60_000)
afterAll(() => cluster?.stop())

describe.each(clusterLibraries)("the drop-in's sessions of a user, with $name in a Cluster,", ({ name, connect }) => {
  async function open(): Promise<Shop> {
    const { client, close } = await connect(cluster.nodes.map(({ port }) => port))
    onTestFinished(close)
    return openShop({ store: new RedisStore({ client, deadline: '10s' }), maxSessionsPerUser: 3 })
  }

  it('are listed and ended, on whatever master they are', { timeout: 60_000 }, async () => {
    const [one, other] = [await open(), await open()]
    const user = `ada-${name}`
    const browsers = []
    for (let turn = 0; turn < 5; turn++) browsers.push(await signedIn(turn % 2 ? one : other, user))
    expect(await Promise.all(browsers.map(whoIs))).toEqual(['', '', user, user, user])
    expect(await one.sessions.user(user).count()).toBe(3)
    expect(await other.sessions.user(user).end()).toBe(3)
    expect(await Promise.all(browsers.map(whoIs))).toEqual(['', '', '', '', ''])
    await signedIn(one, user)
    expect(await other.sessions.user(user).count()).toBe(1)
  })
})
