import { describe, expect, it } from 'vitest'
import { StoreRefusedError, StoreUnavailableError } from '../../errors.js'
import type { Command } from './client.js'
import type { Read } from './gathered-reads.js'
import { plainReads } from './plain-reads.js'

/** Reads keys from a server that gives these replies, and says what it was sent. */
function reading(replyTo: (command: Command) => unknown, isCluster = false) {
  const sent: string[] = []
  const checked: string[] = []
  const readTogether = plainReads({
    isCluster,
    commands: {
      send: async (_key, command) => {
        sent.push(command.join(' '))
        return replyTo(command)
      },
      checkConnection: (key) => void checked.push(key),
      unexpectedReply: (command) => new StoreUnavailableError(`unexpected reply to ${command}`),
    },
  })
  async function read(...keys: string[]): Promise<unknown[]> {
    const reads: Read[] = []
    const replies = keys.map((key) => new Promise((resolve, reject) => void reads.push({ key, resolve, reject })))
    readTogether(reads)
    return Promise.all(replies.map((reply) => reply.catch((error: unknown) => error)))
  }
  return { read, sent, checked }
}

const values = ([name, ...keys]: Command): unknown => {
  const found = keys.map((key) => `value of ${String(key)}`)
  return name === 'MGET' ? found : found[0]
}

describe('keys that are read together', () => {
  it('share an MGET, and each reader gets its own', async () => {
    const { read, sent } = reading(values)
    expect(await read('a', 'b', 'c')).toEqual(['value of a', 'value of b', 'value of c'])
    expect(sent).toEqual(['MGET a b c'])
  })

  it('are a GET if there is only one, and one each in a Cluster', async () => {
    const alone = reading(values)
    expect(await alone.read('a')).toEqual(['value of a'])
    expect(alone.sent).toEqual(['GET a'])
    const cluster = reading(values, true)
    expect(await cluster.read('a', 'b')).toEqual(['value of a', 'value of b'])
    expect(cluster.sent).toEqual(['GET a', 'GET b'])
  })

  it('are split into commands that do not block the connection for long', async () => {
    const { read, sent } = reading(values)
    const keys = Array.from({ length: 129 }, (_, index) => `key-${index}`)
    expect(await read(...keys)).toEqual(keys.map((key) => `value of ${key}`))
    expect(sent.map((command) => command.split(' ').length - 1)).toEqual([64, 64, 1])
  })

  it('of which some are missing say so of those', async () => {
    const { read } = reading(() => ['one', null])
    expect(await read('a', 'b')).toEqual(['one', null])
  })

  const noPermission = "NOPERM User app has no permissions to run the 'mget' command"
  it.each([
    new Error(noPermission),
    new StoreRefusedError('Redis denies', new Error(noPermission)),
    new Error("ERR unknown command 'MGET'"),
  ])('are read one by one where MGET is refused, from then on without asking: %s', async (refusal) => {
    const { read, sent } = reading((command) => {
      if (command[0] === 'MGET') throw refusal
      return values(command)
    })
    for (let count = 0; count < 2; count += 1) expect(await read('a', 'b')).toEqual(['value of a', 'value of b'])
    expect(sent).toEqual(['MGET a b', 'GET a', 'GET b', 'GET a', 'GET b'])
  })

  it('all fail with their command, each reader with an error of its own, and are read together again later', async () => {
    let isAway = true
    const { read, sent } = reading((command) => {
      if (isAway) throw new StoreUnavailableError('away', undefined, 'unreachable')
      return values(command)
    })
    const errors = await read('a', 'b', 'c')
    for (const error of errors) expect(error).toMatchObject({ message: 'away', reason: 'unreachable' })
    expect(new Set(errors).size).toBe(3)
    isAway = false
    expect(await read('a', 'b')).toEqual(['value of a', 'value of b'])
    expect(sent).toEqual(['MGET a b c', 'MGET a b'])
  })

  it.each([[['one']], [['one', 'two', 'three']], ['OK'], ['a record']])(
    'are refused, and the connection is checked, if the reply belongs to another command: %j',
    async (reply) => {
      const { read, checked } = reading(() => reply)
      const errors = await read('a', 'b')
      for (const error of errors) expect(error).toMatchObject({ code: 'RECORD_MISMATCH' })
      expect(new Set(errors).size).toBe(2)
      expect(checked).toContain('a')
    },
  )

  it.each([undefined, null, 5, {}])('are an error if no server replies so: %j', async (reply) => {
    const { read } = reading(() => reply)
    for (const error of await read('a', 'b')) expect(error).toMatchObject({ message: 'unexpected reply to MGET' })
  })
})
