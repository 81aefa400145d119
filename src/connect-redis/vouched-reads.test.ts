import { describe, expect, it } from 'vitest'
import type { SesseraError } from '../errors.js'
import { honest, openConnection, type Reply } from '../../test/support/redis-connection.js'
import { redisCommands } from '../stores/redis/commands.js'
import { vouchedReads } from './vouched-reads.js'

function open(reply?: Reply) {
  const connection = openConnection(reply)
  return { ...connection, reads: vouchedReads(connection.client, redisCommands(connection.client))! }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

/** What comes of reads, once they settle: the value, or the code of the error. */
function outcomes(reads: Promise<readonly unknown[] | undefined>[]): Promise<unknown[]> {
  return Promise.all(
    reads.map((read) =>
      read.then(
        (replies) => (replies === undefined ? 'unproven' : replies[0]),
        (error: SesseraError) => error.code,
      ),
    ),
  )
}

const keys = ['sess:1', 'sess:2', 'sess:3']
const values = keys.map((key) => `value of ${key}`)
const isSettled = (work: Promise<unknown>): Promise<boolean> =>
  Promise.race([work.then(() => true), turn().then(() => false)])

describe('the reads of one turn', () => {
  it('are followed by one ECHO, which vouches for them', async () => {
    const { reads, sent, deliver } = open()
    const results = outcomes(keys.map((key) => reads.read(key, false)))
    await turn()
    expect(sent).toEqual(['GET sess:1', 'MGET sess:2 sess:3', expect.stringMatching(/^ECHO [\w-]{11}$/)])
    deliver()
    expect(await results).toEqual(values)
  })

  it('wait for the ECHO', async () => {
    const { reads, deliver } = open()
    const results = outcomes(keys.map((key) => reads.read(key, false)))
    await turn()
    deliver((replies) => replies.slice(0, -1))
    expect(await isSettled(results)).toBe(false)
  })

  it('ask how long their records live, each once', async () => {
    const { reads, sent, deliver } = open()
    const results = ['sess:1', 'sess:2', 'sess:1'].map((key) => reads.read(key, true))
    await turn()
    deliver()
    expect(await Promise.all(results)).toEqual([
      ['value of sess:1', 50_000],
      ['value of sess:2', 50_000],
      ['value of sess:1', 50_000],
    ])
    expect(sent.filter((command) => command.startsWith('PTTL'))).toEqual(['PTTL sess:1', 'PTTL sess:2'])
    expect(sent.at(-1)).toMatch(/^ECHO/)
  })

  it('may have replies as bytes', async () => {
    const { reads, deliver } = open((command) => Buffer.from(String(honest(command))))
    const read = reads.read('sess:1', false)
    await turn()
    deliver()
    expect(String((await read)?.[0])).toBe('value of sess:1')
  })
})

// GET 1, PTTL 1, PTTL 2, PTTL 3, MGET 2 3, ECHO
const positions = [0, 1, 2, 3, 4, 5]
const lose = (position: number) => (replies: unknown[]) => replies.toSpliced(position, 1)
const double = (position: number) => (replies: unknown[]) => replies.toSpliced(position, 0, replies[position])

describe.each(positions)('when reply %i of a turn', (position) => {
  it('is doubled, nobody gets what belongs to others, and the client is made to reconnect', async () => {
    const { reads, quits, deliver } = open()
    const results = outcomes(keys.map((key) => reads.read(key, true)))
    await turn()
    deliver(double(position))
    if (position === positions.at(-1)) {
      expect(await results).toEqual(values)
      deliver(() => ['left over'])
      return
    }
    for (const result of await results) expect(['RECORD_MISMATCH', 'STORE_UNAVAILABLE']).toContain(result)
    await turn()
    expect(quits).toHaveLength(1)
  })

  it('is lost, nobody gets what belongs to others, and the next turn shows it', async () => {
    const { reads, quits, deliver } = open()
    const first = outcomes(keys.map((key) => reads.read(key, true)))
    await turn()
    deliver(lose(position))
    const second = outcomes(keys.map((key) => reads.read(key, true)))
    await turn()
    deliver()
    for (const result of await first) expect(['RECORD_MISMATCH', 'STORE_UNAVAILABLE']).toContain(result)
    for (const result of await Promise.race([second, turn().then(() => [])]))
      expect(['RECORD_MISMATCH', 'STORE_UNAVAILABLE', 'unproven']).toContain(result)
    await turn()
    expect(quits).toHaveLength(1)
  })
})

// GET 1, MGET 2 3, ECHO
it.each([
  [1, 0, 2],
  [0, 2, 1],
  [2, 1, 0],
  [1, 2, 0],
  [2, 0, 1],
  [0, 0, 2],
  [1, 1, 2],
])('replies of a turn that come in the order %i, %i, %i give nobody what belongs to others', async (...order) => {
  const { reads, deliver } = open()
  const results = outcomes(keys.map((key) => reads.read(key, false)))
  await turn()
  deliver((replies) => order.map((index) => replies[index]))
  for (const [index, result] of (await results).entries())
    expect([values[index], 'RECORD_MISMATCH', 'STORE_UNAVAILABLE']).toContain(result)
  expect(await results).not.toEqual(values)
})

it('a reply that was lost before the turn is noticed', async () => {
  const { reads, client, quits, deliver } = open()
  client.sendCommand(['GET', 'x']).catch(() => {})
  const results = outcomes(keys.map((key) => reads.read(key, false)))
  await turn()
  deliver((replies) => [...replies.slice(1), 'something later'])
  for (const result of await results) expect(['RECORD_MISMATCH', 'STORE_UNAVAILABLE']).toContain(result)
  expect(quits.length).toBeGreaterThan(0)
})

it.each(['OK', 'PONG', 'QUEUED', 5, ['value'], undefined, true])(
  'a reply that is no record is refused: %j',
  async (reply) => {
    const { reads, deliver } = open()
    const results = outcomes([reads.read('sess:1', false)])
    await turn()
    deliver(([, word]) => [reply, word])
    expect(await results).toEqual(['STORE_UNAVAILABLE'])
  },
)

it('a turn that was under way when another one proved to be shifted is not vouched for', async () => {
  const { reads, deliver } = open()
  const first = outcomes([reads.read('sess:1', false)])
  await turn()
  const second = outcomes([reads.read('sess:2', false)])
  await turn()
  deliver(([text, word, otherText, otherWord]) => [text, otherText, word, otherWord])
  expect([await first, await second]).toEqual([['RECORD_MISMATCH'], ['unproven']])
})

it('an ECHO that was sent again over a new connection vouches for nothing', async () => {
  const { reads, quits, deliver, reconnect } = open()
  const results = outcomes(['sess:1', 'sess:2'].map((key) => reads.read(key, false)))
  await turn()
  deliver(() => ['value of another', ['value of a third']])
  reconnect()
  deliver()
  expect(await results).toEqual(['unproven', 'unproven'])
  expect(quits).toEqual([])
})

it('nothing is vouched for while there is no connection', async () => {
  const { reads, client, deliver } = open()
  client.socketEpoch = 0
  const results = outcomes([reads.read('sess:1', false)])
  await turn()
  deliver()
  expect(await results).toEqual(['unproven'])
})

describe('a refusal', () => {
  const refusing =
    (refused: string, message: string): Reply =>
    (command) =>
      command[0] === refused ? new Error(message) : honest(command)

  it.each([
    ['GET', 'WRONGTYPE Operation against a key holding the wrong kind of value', ['unproven', values[1], values[2]]],
    ['GET', 'LOADING Redis is loading the dataset in memory', ['unproven', values[1], values[2]]],
    ['MGET', "NOPERM this user has no permissions to run the 'mget' command", [values[0], 'unproven', 'unproven']],
    ['PTTL', "ERR unknown command 'PTTL'", ['unproven', 'unproven', 'unproven']],
    ['ECHO', "NOPERM this user has no permissions to run the 'echo' command", ['unproven', 'unproven', 'unproven']],
  ])('of %s leaves the reads that need it unproven: %s', async (refused, message, expected) => {
    const { reads, sent, deliver } = open(refusing(refused, message))
    const results = outcomes(keys.map((key) => reads.read(key, true)))
    await turn()
    deliver()
    expect(await results).toEqual(expected)
    expect(sent.filter((command) => command.startsWith(refused)).length).toBe(refused === 'PTTL' ? 3 : 1)
  })

  it('of MGET is remembered', async () => {
    const { reads, sent, deliver } = open(refusing('MGET', "ERR unknown command 'MGET'"))
    const expected = [values[0], 'unproven', 'unproven']
    for (let count = 0; count < 2; count += 1) {
      const results = outcomes(keys.map((key) => reads.read(key, false)))
      await turn()
      deliver()
      expect(await results).toEqual(expected)
    }
    expect(sent.filter((command) => command.startsWith('MGET'))).toHaveLength(1)
  })
})

it('a connection that breaks rejects each read, with an error of its own', async () => {
  const { reads, deliver } = open()
  const results = keys.map((key) => reads.read(key, false).catch((error: unknown) => error))
  await turn()
  deliver((replies) => replies.map(() => new Error('Socket closed unexpectedly')))
  const errors = await Promise.all(results)
  for (const error of errors) expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', reason: 'unreachable' })
  expect(new Set(errors).size).toBe(3)
})

const reply = async (...command: unknown[]): Promise<unknown> => honest(command.flat().map(String))

describe('whether reads can be vouched for', () => {
  it('is found out by one ECHO beside other commands', async () => {
    const { reads, sent, deliver } = open()
    expect([reads.isAvailable('sess:1'), reads.isAvailable('sess:1')]).toEqual([false, false])
    deliver()
    await turn()
    expect(reads.isAvailable('sess:1')).toBe(true)
    expect(sent).toEqual([expect.stringMatching(/^ECHO/)])
  })

  it.each(["NOPERM this user has no permissions to run the 'echo' command", "ERR unknown command 'ECHO'"])(
    'is not asked again after: %s',
    async (message) => {
      const { reads, sent, deliver } = open(() => new Error(message))
      expect(reads.isAvailable('sess:1')).toBe(false)
      deliver()
      await turn()
      expect(reads.isAvailable('sess:1')).toBe(false)
      expect(sent).toHaveLength(1)
    },
  )

  it('ends when ECHO is taken from the user', async () => {
    let isAllowed = true
    const refusal = new Error("NOPERM this user has no permissions to run the 'echo' command")
    const { reads, deliver } = open((command) => (command[0] === 'ECHO' && !isAllowed ? refusal : honest(command)))
    reads.isAvailable('sess:1')
    deliver()
    await turn()
    isAllowed = false
    const results = outcomes([reads.read('sess:1', false)])
    await turn()
    deliver()
    expect(await results).toEqual(['unproven'])
    expect(reads.isAvailable('sess:1')).toBe(false)
  })

  it.each([
    { isReady: true, sendCommand: reply },
    { callBuffer: reply, call: reply },
  ])('is not asked of a client that does not show its connection', async (client) => {
    const reads = vouchedReads(client, redisCommands(client))
    expect(reads?.isAvailable('sess:1')).toBe(false)
    await turn()
    expect(reads?.isAvailable('sess:1')).toBe(false)
  })

  it.each([
    ['a Cluster', { nodeClient: () => {}, socketEpoch: 1, sendCommand: reply }],
    ['a pool', { tasksQueueLength: 0, socketEpoch: 1, sendCommand: reply }],
    ['a Cluster of ioredis', { nodes: () => [], stream: {}, callBuffer: reply, call: reply }],
    ['valkey-glide', { customCommand: reply }],
  ])('is out of the question with %s', (_name, client) => {
    expect(vouchedReads(client as never, redisCommands(client as never))).toBeUndefined()
  })
})
