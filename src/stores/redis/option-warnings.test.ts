import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { redisStore } from 'sessera/redis'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { optionWarnings, warnOfOptions } from './option-warnings.js'

const reconnectStrategy = (): number => 100

function nodeRedis(options: object = {}) {
  return createClient({ url: 'redis://127.0.0.1:1', ...options })
}

function ioredis(options: object = {}): Redis {
  const client = new Redis({ port: 1, lazyConnect: true, ...options })
  onTestFinished(() => client.disconnect())
  return client
}

describe('the warnings', () => {
  it('for node-redis as the documentation recommends it are none', () => {
    const client = nodeRedis({
      disableOfflineQueue: true,
      pingInterval: 300,
      socket: { socketTimeout: 800, reconnectStrategy },
    })
    expect(optionWarnings(client)).toEqual([])
  })

  it.each([
    [{}, ['disableOfflineQueue', 'socketTimeout']],
    [{ disableOfflineQueue: true }, ['socketTimeout']],
    [
      { disableOfflineQueue: true, pingInterval: 1, socket: { socketTimeout: 800 } },
      ['never reconnects after a socket timeout'],
    ],
    [
      { disableOfflineQueue: true, pingInterval: 1, socket: { socketTimeout: 3000, reconnectStrategy } },
      ['less than 1000'],
    ],
    [{ disableOfflineQueue: true, socket: { socketTimeout: 800, reconnectStrategy } }, ['idle connection']],
    [{ disableOfflineQueue: true, socket: { reconnectStrategy: false } }, ['never reconnects', 'socketTimeout']],
  ])('for node-redis with %j name what can hang', (options, parts) => {
    expect(optionWarnings(nodeRedis(options))).toEqual(parts.map((part) => expect.stringContaining(part)))
  })

  it.each([
    [{ enableOfflineQueue: false, commandTimeout: 500, socketTimeout: 3000 }, []],
    [{}, ['enableOfflineQueue', 'commandTimeout', 'socketTimeout']],
    [
      { enableOfflineQueue: false, commandTimeout: 500, socketTimeout: 3000, retryStrategy: null },
      ['never reconnects'],
    ],
    [
      { enableOfflineQueue: false, commandTimeout: 500, socketTimeout: 3000, sentinels: [{ port: 1 }], name: 'm' },
      ['failoverDetector'],
    ],
  ])('for ioredis with %j name what can hang or lose writes', (options, parts) => {
    expect(optionWarnings(ioredis(options))).toEqual(parts.map((part) => expect.stringContaining(part)))
  })

  it.each([
    [{ enableOfflineQueue: false, redisOptions: { commandTimeout: 500, socketTimeout: 3000 } }, []],
    [
      { enableOfflineQueue: false, redisOptions: { enableOfflineQueue: true, commandTimeout: 1, socketTimeout: 1 } },
      [],
    ],
    [
      { redisOptions: { enableOfflineQueue: false, commandTimeout: 500, socketTimeout: 3000 } },
      ['set enableOfflineQueue'],
    ],
    [
      { enableOfflineQueue: false, commandTimeout: 500, socketTimeout: 3000 },
      ['redisOptions.commandTimeout', 'redisOptions.socketTimeout'],
    ],
    [{ clusterRetryStrategy: null }, ['enableOfflineQueue', 'clusterRetryStrategy', 'commandTimeout', 'socketTimeout']],
  ])('for a Cluster of ioredis with %j look at each option where it counts', (options, parts) => {
    const cluster = new Cluster([{ port: 1 }], { lazyConnect: true, ...(options as object) })
    onTestFinished(() => cluster.disconnect())
    expect(optionWarnings(cluster)).toEqual(parts.map((part) => expect.stringContaining(part)))
  })

  it('for a Cluster of node-redis look at the defaults of its connections', () => {
    const rootNodes = [{ url: 'redis://127.0.0.1:1', disableOfflineQueue: true }]
    const defaults = { disableOfflineQueue: true, pingInterval: 300, socket: { socketTimeout: 800, reconnectStrategy } }
    expect(optionWarnings(createCluster({ rootNodes, defaults }))).toEqual([])
    expect(optionWarnings(createCluster({ rootNodes }))).toEqual([
      expect.stringContaining('disableOfflineQueue'),
      expect.stringContaining('socketTimeout'),
    ])
  })

  it('for a client that shows no options are none', () => {
    const sentinel = createSentinel({ name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] })
    for (const client of [{}, sentinel, createClientPool()]) expect(optionWarnings(client)).toEqual([])
  })
})

it('the same warning is emitted once, however many stores, clients and copies of this module there are', async () => {
  const warnings: (Error & { code?: string })[] = []
  const note = (warning: Error): void => void warnings.push(warning)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  redisStore({ client: nodeRedis() })
  redisStore({ client: nodeRedis(), prefix: 'other:' })
  vi.resetModules()
  const copy = await import('./option-warnings.js')
  expect(copy.warnOfOptions).not.toBe(warnOfOptions)
  copy.warnOfOptions(nodeRedis())
  await new Promise(setImmediate)
  expect(warnings.map(({ code }) => code)).toEqual(['SESSERA_REDIS_CLIENT'])
})
