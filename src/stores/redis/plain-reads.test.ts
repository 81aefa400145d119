import { describe, expect, it } from 'vitest'
import { StoreRefusedError, StoreUnavailableError } from '../../errors.js'
import type { Command } from './client.js'
import type { Read } from './gathered-reads.js'
import { plainReads } from './plain-reads.js'

/** Reads keys from a server that gives these replies, and says what it was sent. */
function reading(replyTo: (command: Command) => unknown, way: Parameters<typeof plainReads>[1] = 'together') {
  const sent: string[] = []
  const checked: string[] = []
  const { readFirst, readRest } = plainReads(
    {
      send: async (_key, command) => {
        sent.push(command.join(' '))
        return replyTo(command)
      },
      checkConnection: (key) => void checked.push(key),
      unexpectedReply: (command) => new StoreUnavailableError(`unexpected reply to ${command}`),
    },
    way,
  )
  /** What comes of each key: the value or the error. */
  function settle(keys: readonly string[], start: (reads: readonly Read[]) => void): Promise<unknown[]> {
    const reads: Read[] = []
    const replies = keys.map((key) => new Promise((resolve, reject) => void reads.push({ key, resolve, reject })))
    start(reads)
    return Promise.all(replies.map((reply) => reply.catch((error: unknown) => error)))
  }
  return {
    sent,
    checked,
    first: (key: string) => settle([key], ([read]) => readFirst(read!)),
    rest: (...keys: string[]) => settle(keys, readRest),
  }
}

const values = ([name, ...keys]: Command): unknown => {
  const found = keys.map((key) => `value of ${String(key)}`)
  return name === 'MGET' ? found : found[0]
}

describe('of the keys of a turn', () => {
  it('the first is a GET, and the rest are an MGET, also if there is only one', async () => {
    const { first, rest, sent } = reading(values)
    expect(await first('a')).toEqual(['value of a'])
    expect(await rest('b', 'c', 'd')).toEqual(['value of b', 'value of c', 'value of d'])
    expect(await rest('e')).toEqual(['value of e'])
    expect(sent).toEqual(['GET a', 'MGET b c d', 'MGET e'])
  })

  it('each is a GET where MGET is out of the question', async () => {
    const { first, rest, sent } = reading(values, 'one-by-one')
    expect([await first('a'), await rest('b', 'c')]).toEqual([['value of a'], ['value of b', 'value of c']])
    expect(sent).toEqual(['GET a', 'GET b', 'GET c'])
  })

  it('many are split, but into commands with different numbers of keys', async () => {
    const { rest, sent } = reading(values)
    const keys = Array.from({ length: 9_000 }, (_, index) => `key-${index}`)
    expect(await rest(...keys)).toEqual(keys.map((key) => `value of ${key}`))
    const sizes = sent.map((command) => command.split(' ').length - 1)
    expect(sizes.slice(0, 3)).toEqual([128, 127, 126])
    expect(new Set(sizes).size).toBe(sizes.length)
  })

  it('those that are missing are said to be so', async () => {
    const { rest } = reading(() => ['one', null])
    expect(await rest('a', 'b')).toEqual(['one', null])
  })
})

const noPermission = "NOPERM User app has no permissions to run the 'mget' command"
const lackings = [
  new StoreRefusedError('Redis denies', new Error(noPermission)),
  new StoreRefusedError('Redis lacks', new Error("ERR unknown command 'MGET'")),
  new Error("CROSSSLOT Keys in request don't hash to the same slot"),
]

describe.each(lackings)('where MGET cannot be run: %s', (error) => {
  const lackingMget = (command: Command): unknown => {
    if (command[0] === 'MGET') throw error
    return values(command)
  }

  it('keys are read one by one, from then on without asking', async () => {
    const { rest, sent } = reading(lackingMget, 'together-or-one-by-one')
    for (let count = 0; count < 2; count += 1) expect(await rest('a', 'b')).toEqual(['value of a', 'value of b'])
    expect(sent).toEqual(['MGET a b', 'GET a', 'GET b', 'GET a', 'GET b'])
  })

  it('keys that must be read together are refused, from then on without asking', async () => {
    const { rest, sent } = reading(lackingMget, 'together')
    for (let count = 0; count < 2; count += 1) {
      const errors = await rest('a', 'b')
      for (const refusal of errors) expect(refusal).toBeInstanceOf(StoreRefusedError)
      expect(new Set(errors).size).toBe(2)
    }
    expect(sent).toEqual(['MGET a b'])
  })
})

it.each([
  new StoreUnavailableError('away', undefined, 'unreachable'),
  new StoreRefusedError('loading', new Error('LOADING Redis is loading the dataset in memory')),
])(
  'keys fail with their command, each reader with an error of its own, and are read together later: %s',
  async (error) => {
    let isFailing = true
    const { rest, sent } = reading((command) => {
      if (isFailing) throw error
      return values(command)
    })
    const errors = await rest('a', 'b', 'c')
    for (const each of errors) expect(each).toMatchObject({ code: error.code, message: error.message })
    expect(new Set(errors).size).toBe(3)
    isFailing = false
    expect(await rest('a', 'b')).toEqual(['value of a', 'value of b'])
    expect(sent).toEqual(['MGET a b c', 'MGET a b'])
  },
)

it.each([[['one']], [['one', 'two', 'three']], ['OK'], ['a record'], [Buffer.from('a record')]])(
  'keys are refused, and the connection is checked, if the reply belongs to another command: %j',
  async (reply) => {
    const { rest, checked } = reading(() => reply)
    const errors = await rest('a', 'b')
    for (const error of errors) expect(error).toMatchObject({ code: 'RECORD_MISMATCH' })
    expect(new Set(errors).size).toBe(2)
    expect(checked).toContain('a')
  },
)

it.each([undefined, null, 5, {}])('a reply that no server gives is an error: %j', async (reply) => {
  const { rest } = reading(() => reply)
  for (const error of await rest('a', 'b')) expect(error).toMatchObject({ message: 'unexpected reply to MGET' })
})
