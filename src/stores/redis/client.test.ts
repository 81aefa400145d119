import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { redisStore, type RedisClient } from 'sessera/redis'
import { describe, expect, it } from 'vitest'
import { InvalidOptionError, StoreUnavailableError } from '../../errors.js'
import { newHandle } from '../../store.js'
import { sendThrough } from './client.js'

const lazy = { lazyConnect: true } as const
const node = { host: '127.0.0.1', port: 1 }

describe('redisStore takes', () => {
  // None of them is connected, so the question for the time fails at once; ioredis would connect on being asked.
  it.each<[string, () => RedisClient]>([
    ['a node-redis client', () => createClient()],
    ['a node-redis cluster', () => createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] })],
    ['a node-redis sentinel', () => createSentinel({ name: 'main', sentinelRootNodes: [node] })],
    ['a node-redis pool', () => createClientPool()],
    ['an ioredis client', () => new Redis(lazy)],
    ['an ioredis cluster', () => new Cluster([node], lazy)],
  ])('%s', (_name, create) => {
    expect(sendThrough(create())).toBeTypeOf('function')
  })
})

describe('redisStore refuses', () => {
  it.each([undefined, null, 'redis://user:password@127.0.0.1', {}, Redis, 6379])('%o as its client', (client) => {
    const create = (): unknown => redisStore({ client: client as never })
    expect(create).toThrow(InvalidOptionError)
    expect(create).toThrow(/^Option client must be a client of redis \(node-redis\), ioredis, iovalkey or @valkey/)
    expect(create).not.toThrow(/password/)
  })

  it.each([new Redis({ ...lazy, keyPrefix: 'app:' }), new Cluster([node], { ...lazy, keyPrefix: 'app:' })])(
    'an ioredis client that puts its own prefix before keys',
    (client) => {
      expect(() => redisStore({ client })).toThrow('Option client must be an ioredis client without keyPrefix')
    },
  )

  it('an ioredis cluster that reads from replicas', () => {
    const client = new Cluster([node], { ...lazy, scaleReads: 'slave' })
    expect(() => redisStore({ client })).toThrow("Option client must be an ioredis cluster with scaleReads: 'master'")
  })

  it.each(['', 'a*', 'a?', '[a', 'a]', '{a', 'a}', 'a\\', 'a b', 'a\n', 'a\0', 'ü:', 1, null, ['a']])(
    '%j as its prefix',
    (prefix) => {
      const create = (): unknown => redisStore({ client: createClient(), prefix: prefix as never })
      expect(create).toThrow(InvalidOptionError)
      expect(create).toThrow(/^Option prefix must be/)
    },
  )
})

describe('one command is sent as', () => {
  const command = ['GET', 'key'] as const
  const plain = { typeMapping: {} }

  /** What the method `name` of a client with these further members is called with. */
  async function callOf(name: string, members: object = {}): Promise<unknown[]> {
    const calls: unknown[][] = []
    const client = { ...members, [name]: async (...parameters: unknown[]) => void calls.push(parameters) }
    await sendThrough(client as never)('key', command)
    expect(calls).toHaveLength(1)
    return calls[0]!
  }
  const method = (): void => {}

  it('sendCommand(command) on node-redis, with its timeout only while commands may have to wait', async () => {
    expect(await callOf('sendCommand', { isReady: true })).toStrictEqual([command, { ...plain, timeout: undefined }])
    expect(await callOf('sendCommand', { isReady: false })).toStrictEqual([command, plain])
  })

  it('sendCommand(key, false, command) on a node-redis cluster: never from a replica', async () => {
    expect(await callOf('sendCommand', { nodeClient: method, isReady: true })).toStrictEqual([
      'key',
      false,
      command,
      plain,
    ])
  })

  it('sendCommand(false, command) on a node-redis sentinel: never from a replica', async () => {
    const members = { getSentinelNode: method, isReady: true }
    expect(await callOf('sendCommand', members)).toStrictEqual([false, command, plain])
  })

  it('call(...command) on ioredis and iovalkey, although they have a sendCommand', async () => {
    expect(await callOf('call', { callBuffer: method, sendCommand: method })).toStrictEqual([...command])
  })

  it.each<[corks: number, what: string, members: object]>([
    [1, 'one by one', {}],
    [0, 'by itself together', { options: { enableAutoPipelining: true } }],
    [0, 'to the nodes of a cluster', { nodes: () => [] }],
  ])('holds the connection %i times for commands of one turn that ioredis sends %s', async (corks, _what, members) => {
    const counts = { cork: 0, uncork: 0 }
    const stream = { cork: () => void counts.cork++, uncork: () => void counts.uncork++ }
    const call = async (): Promise<string> => 'reply'
    const client = { call, callBuffer: call, stream, ...members } as unknown as RedisClient
    const send = sendThrough(client)
    await Promise.all([send('key', ['GET', 'key']), send('key', ['GET', 'key'])])
    await new Promise((resolve) => setImmediate(resolve))
    expect(counts).toEqual({ cork: corks, uncork: corks })
  })

  it('customCommand(command) on valkey-glide, as text, and to the primary in its cluster', async () => {
    expect(await callOf('customCommand')).toStrictEqual([command, { decoder: 1 }])
    expect(await callOf('customCommand', { invokeScriptWithRoute: method })).toStrictEqual([
      command,
      { decoder: 1, route: { type: 'primarySlotKey', key: 'key' } },
    ])
  })
})

describe('in a cluster of valkey-glide', () => {
  const moved = 'An error was signalled by the server: - Moved: 4428 127.0.0.1:7001'

  /** What comes of a command whose first answers are these errors, and how often it was sent. */
  async function send(...messages: string[]): Promise<unknown> {
    let sent = 0
    const customCommand = async (): Promise<string> => {
      sent += 1
      const message = messages.shift()
      if (message !== undefined) throw new Error(message)
      return 'reply'
    }
    const client = { customCommand, invokeScriptWithRoute: () => {} }
    const reply = await sendThrough(client)('key', ['GET', 'key']).catch((error: Error) => error.message)
    return { reply, sent }
  }

  it('a command that was refused because its slot moves is sent again, a few times', async () => {
    expect(await send(moved)).toEqual({ reply: 'reply', sent: 2 })
    expect(await send(moved.replace('Moved', 'Ask'), moved)).toEqual({ reply: 'reply', sent: 3 })
    expect(await send(...Array.from({ length: 20 }, () => moved))).toEqual({ reply: moved, sent: 8 })
  })

  it('a command with any other error is not: it may have been carried out', async () => {
    expect(await send('ConnectionError: reset')).toEqual({ reply: 'ConnectionError: reset', sent: 1 })
  })
})

describe('a reply that no server gives', () => {
  // A client in legacy mode, for example, answers undefined to everything.
  it.each([undefined, 5, [5], {}, true])('(%j) is an error and never taken for a missing session', async (reply) => {
    const store = redisStore({ client: { sendCommand: async () => reply } })
    const handle = newHandle()
    for (const call of [
      store.load(handle),
      store.insert(handle, 'text', 60_000),
      store.replace(handle, 'AAAAAAAAAAA', 'text', 60_000),
      store.remove(handle),
    ]) {
      await expect(call).rejects.toBeInstanceOf(StoreUnavailableError)
      await expect(call).rejects.toThrow('unexpected reply')
    }
  })
})
