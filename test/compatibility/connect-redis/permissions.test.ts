import { readFile } from 'node:fs/promises'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { RedisStore } from 'sessera/connect-redis'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { redisInTests } from '../../support/servers/redis-in-tests.js'

const server = await redisInTests()
beforeEach(() => server.command('FLUSHALL'))

const needed = '+get +set +del +expire +pttl +eval +evalsha'
const ids = ['a', 'b', 'c', 'd']

const clients = {
  'node-redis': async () => {
    const client = await createClient({ url: server.url, username: 'user', password: 'x' }).connect()
    onTestFinished(() => client.destroy())
    return client
  },
  ioredis: async () => {
    const client = new Redis(server.port, { username: 'user', password: 'x', enableReadyCheck: false })
    onTestFinished(() => client.disconnect())
    return client
  },
}

/** How often the server has carried these commands out. */
async function counts(...names: readonly string[]): Promise<number[]> {
  const statistics = String(await server.command('INFO', 'commandstats'))
  return names.map((name) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(statistics)?.[1] ?? 0))
}

/** What the server has refused, each command once. */
async function refused(): Promise<string[]> {
  const log = (await server.command('ACL', 'LOG')) as { readonly object: string; readonly count: number }[]
  return log.filter(({ object }) => !object.startsWith('client') && object !== 'info').map(({ object }) => object)
}

describe.each(Object.entries(clients))('a user through %s', (_name, connect) => {
  /** Reads several sessions three times as a user with these permissions. */
  async function readAs(permissions: string): Promise<void> {
    await server.command('ACL', 'SETUSER', 'user', 'reset', 'on', '>x', '~sess:*', '-@all', ...permissions.split(' '))
    const store = new RedisStore({ client: await connect(), deadline: '10s' })
    for (const id of ids) await store.set(id, { cookie: {}, id })
    await store.get('a')
    await server.command('CONFIG', 'RESETSTAT')
    await server.command('ACL', 'LOG', 'RESET')
    for (let count = 0; count < 3; count += 1)
      expect(await Promise.all(ids.map((id) => store.get(id)))).toEqual(ids.map((id) => ({ cookie: {}, id })))
  }

  it('who has what connect-redis and we needed before, reads as before', async () => {
    await readAs(needed)
    expect(await counts('evalsha', 'mget')).toEqual([12, 0])
    expect(await refused()).toEqual([])
  })

  it('who may ECHO but not MGET, reads one session at a time by a plain command, after having asked once', async () => {
    await readAs(`${needed} +echo`)
    expect(await counts('evalsha', 'mget', 'echo')).toEqual([9, 0, 3])
    expect(await refused()).toEqual(['mget'])
  })

  it('who may do all that is listed, reads by few commands', async () => {
    await readAs(`${needed} +echo +mget`)
    expect(await counts('get', 'mget', 'echo', 'evalsha')).toEqual([3, 3, 3, 0])
    expect(await refused()).toEqual([])
  })
})

it('docs/redis.md lists these commands', async () => {
  const page = await readFile(new URL('../../../docs/redis.md', import.meta.url), 'utf8')
  expect(page).toContain(`\`${needed}\``)
  expect(page).toContain('`+echo`')
  expect(page).toContain('`+mget`')
})
