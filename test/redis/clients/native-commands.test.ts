import { newHandle, type SessionStore } from 'sessera'
import { redisStore, type RedisClient } from 'sessera/redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newVersion } from '../../../src/store.js'
import { findOtherServers, type Launch } from '../../support/servers/other-releases.js'
import { startRedisFrom, type RedisServer } from '../../support/servers/redis.js'
import { libraries, type Connection } from './clients.js'
import { describeConformance } from './describe-conformance.js'
import { withoutScripts } from './users.js'

const { nodeRedis6, ioredis6, glide } = libraries
const found = await findOtherServers()
const reason = found.status === 'missing' ? found.reason : undefined

const orWhyNot = reason === undefined ? '' : ` (skipped: ${reason})`
it.skipIf(reason !== undefined && !process.env.CI)(`a server that knows IFEQ can be tested${orWhyNot}`, () => {
  expect(reason).toBeUndefined()
})

const user = { username: 'app', password: 'secret' }
const rules = `on >${user.password} ~* -@all ${withoutScripts} +info +ping`.split(' ')

for (const launch of found.status === 'ready' ? [found.valkey8] : []) describeServer(launch)

function describeServer(launch: Launch): void {
  describe('Valkey 8, for a user who may not run scripts', () => {
    let live: RedisServer
    let dead: RedisServer
    beforeAll(async () => {
      live = await startRedisFrom(launch, '--user', user.username, ...rules)
      dead = await startRedisFrom(launch, '--user', user.username, ...rules)
    })
    afterAll(() => Promise.all([live?.stop(), dead?.stop()]))

    for (const client of [nodeRedis6, ioredis6, glide]) {
      describeConformance(
        `Valkey 8 without scripts, with ${client.name}`,
        () => ({ live, dead }),
        ({ port }) => client.connect({ port, user }),
        [
          // The case is about racing additions: by commands, two of them may both be refused.
          'of parallel additions exactly as many are accepted as the limit allows',
          // They need scripts, and rights that this user has not.
          'journal',
          'expiry of journals',
          'delivery of announcements',
        ],
      )
    }

    describeDetails(() => live)
  })
}

function describeDetails(server: () => RedisServer): void {
  let connections: readonly Connection[]
  let store: SessionStore
  let second: SessionStore
  beforeAll(async () => {
    connections = await Promise.all([0, 1].map(() => nodeRedis6.connect({ port: server().port, user })))
    ;[store, second] = connections.map(({ client }) => redisStore({ client })) as [SessionStore, SessionStore]
  })
  afterAll(() => connections?.forEach(({ close }) => close()))

  async function increment(counter: SessionStore, handle: ReturnType<typeof newHandle>): Promise<void> {
    let { text, version } = (await counter.load(handle))!
    for (;;) {
      const result = await counter.replace(handle, version, String(Number(text) + 1), 60_000)
      if (result.status === 'replaced') return
      if (result.status === 'gone') throw new Error('the session is gone')
      ;({ text, version } = result.current)
    }
  }

  it('parallel changes by two backends are all kept', async () => {
    const handle = newHandle()
    await store.insert(handle, '0', 60_000)
    const writers = [store, second, store, second].map(async (counter) => {
      for (let count = 0; count < 25; count += 1) await increment(counter, handle)
    })
    await Promise.all(writers)
    expect((await second.load(handle))?.text).toBe('100')
  })

  const makers: readonly (readonly [what: string, text: string, make: (key: string) => string[]])[] = [
    ['is empty', '', (key) => ['SET', key, '']],
    ['is not ours', '{"cookie":{}}', (key) => ['SET', key, '{"cookie":{}}']],
    ['has no space after its version', 'AAAAAAAAAAAtext', (key) => ['SET', key, 'AAAAAAAAAAAtext']],
    ['is a list', '', (key) => ['RPUSH', key, 'a']],
  ]
  it.each(makers)('a value that %s is never matched, and can be removed', async (_what, text, make) => {
    const handle = newHandle()
    await server().command(...make(`sessera:${handle}`))
    const current = { text, version: '' }
    for (const expected of ['', text, newVersion()]) {
      // A fresh store has yet to find out that scripts are refused.
      for (const each of [store, redisStore({ client: connections[1]!.client })]) {
        expect(await each.replace(handle, expected, 'text', 60_000)).toEqual({ status: 'changed', current })
        expect(await each.remove(handle, expected)).toBe('changed')
      }
    }
    expect(await store.load(handle)).toEqual(current)
    expect(await store.remove(handle)).toBe('removed')
  })

  it('a call that the client sends twice is done once, and says so', async () => {
    const twice = redisStore({ client: sendingTwice(connections[0]!.client) })
    const handle = newHandle()
    const version = await twice.insert(handle, 'one', 60_000)
    const replaced = await twice.replace(handle, version!, 'two', 60_000)
    expect(replaced.status).toBe('replaced')
    const { version: newest } = replaced as { version: string }
    expect(await store.load(handle)).toEqual({ text: 'two', version: newest })
    expect(await twice.remove(handle, newest)).toBe('gone')
    expect(await store.load(handle)).toBeUndefined()
  })

  it('no change passes for done on a connection that has lost a reply', async () => {
    const { client, loseReply } = losingReplies(connections[0]!.client)
    const shifted = redisStore({ client })
    const [one, other] = [newHandle(), newHandle()]
    const versions = [await shifted.insert(one, 'text', 60_000), await shifted.insert(other, 'text', 60_000)]
    loseReply()
    for (const call of [
      () => shifted.remove(one, newVersion()),
      () => shifted.replace(one, versions[0]!, 'new', 60_000),
      () => shifted.replace(newHandle(), newVersion(), 'new', 60_000),
      () => shifted.remove(newHandle()),
      () => shifted.remove(other, versions[1]),
      () => shifted.remove(one),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'RECORD_MISMATCH' })
    }
  })

  it('nothing can be read of a version that was removed, and its handle is free', async () => {
    const handle = newHandle()
    const version = await store.insert(handle, 'text', 60_000)
    expect(await store.remove(handle, version)).toBe('removed')
    expect(await store.load(handle)).toBeUndefined()
    expect(await server().command('EXISTS', `sessera:${handle}`)).toBe(0)
    expect(await store.insert(handle, 'text', 60_000)).toBeDefined()
  })

  it('a full server refuses changes and renewals; reading and signing out go on, also right after a start', async () => {
    const handle = newHandle()
    const version = (await store.insert(handle, 'text', 60_000))!
    await server().command('CONFIG', 'SET', 'maxmemory', '1')
    try {
      const fresh = redisStore({ client: connections[1]!.client })
      await fresh.ready?.()
      for (const each of [store, fresh]) {
        for (const verb of ['replace', 'renew'] as const)
          await expect(each[verb]!(handle, version, 'text', 60_000)).rejects.toMatchObject({ code: 'STORE_FULL' })
        expect(await each.load(handle)).toEqual({ text: 'text', version })
      }
      expect(await fresh.remove(handle)).toBe('removed')
    } finally {
      await server().command('CONFIG', 'SET', 'maxmemory', '0')
    }
  })
}

/** The client, on whose connection one reply can get lost: each later command then gets the reply to the one before. */
function losingReplies(client: RedisClient) {
  const { sendCommand } = client as { sendCommand(command: unknown[]): Promise<unknown> }
  let before: Promise<unknown> | undefined
  return {
    client: {
      async sendCommand(command: unknown[]) {
        if (command[0] === 'QUIT') return 'OK' // the connection stays as it is
        const reply = sendCommand.call(client, command)
        if (before === undefined || command[0] === 'TIME' || command[0] === 'INFO') return reply
        const given = before
        before = reply
        return given
      },
    },
    loseReply() {
      before = Promise.resolve('OK')
    },
  }
}

function sendingTwice(client: RedisClient): RedisClient {
  const { sendCommand } = client as { sendCommand(command: unknown[]): Promise<unknown> }
  return {
    async sendCommand(command: unknown[]) {
      await sendCommand.call(client, command)
      return sendCommand.call(client, command)
    },
  }
}
