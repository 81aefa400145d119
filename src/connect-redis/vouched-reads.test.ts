import { describe, expect, it } from 'vitest'
import type { SesseraError } from '../errors.js'
import { redisCommands } from '../stores/redis/commands.js'
import { vouchedReads } from './vouched-reads.js'

interface Pending {
  readonly command: readonly string[]
  resolve(reply: unknown): void
  reject(error: unknown): void
}

/** What the server replies to a command; an error rejects. */
type Reply = (command: readonly string[]) => unknown

const honest: Reply = ([name, ...parameters]) => {
  if (name === 'ECHO') return parameters[0]
  if (name === 'PTTL') return 50_000
  const values = parameters.map((key) => `value of ${key}`)
  return name === 'MGET' ? values : values[0]
}

/** One connection, as a client sees it: replies settle commands in their order. They arrive with `deliver`. */
function openConnection(reply: Reply = honest) {
  const [sent, quits]: [string[], string[]] = [[], []]
  const pending: Pending[] = []
  let onTheWire: unknown[] = []
  const client = {
    isReady: true,
    socketEpoch: 1,
    sendCommand: (command: readonly string[]) =>
      new Promise((resolve, reject) => {
        const [name = ''] = command
        if (name === 'INFO') return resolve('')
        if (name === 'QUIT') return void quits.push(name)
        sent.push(command.join(' '))
        pending.push({ command, resolve, reject })
        onTheWire.push(reply(command))
      }),
  }
  /** Lets replies arrive, after `slip` changed them. */
  function deliver(slip: (replies: unknown[]) => unknown[] = (replies) => replies): void {
    for (const given of slip(onTheWire)) {
      const first = pending.shift()
      if (given instanceof Error) first?.reject(given)
      else first?.resolve(given)
    }
    onTheWire = []
  }
  /** The connection breaks; the client sends again what has no reply. */
  function reconnect(): void {
    client.socketEpoch += 1
    onTheWire = pending.map(({ command }) => reply(command))
  }
  const reads = vouchedReads(client, redisCommands(client))!
  return { reads, client, sent, quits, deliver, reconnect }
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
    const { reads, sent, deliver } = openConnection()
    const results = outcomes(keys.map((key) => reads.read(key, false)))
    await turn()
    expect(sent).toEqual(['GET sess:1', 'MGET sess:2 sess:3', expect.stringMatching(/^ECHO [\w-]{11}$/)])
    deliver()
    expect(await results).toEqual(values)
  })

  it('wait for the ECHO', async () => {
    const { reads, deliver } = openConnection()
    const results = outcomes(keys.map((key) => reads.read(key, false)))
    await turn()
    deliver((replies) => replies.slice(0, -1))
    expect(await isSettled(results)).toBe(false)
  })

  it('ask how long their records live, each once', async () => {
    const { reads, sent, deliver } = openConnection()
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
    const { reads, deliver } = openConnection((command) => Buffer.from(String(honest(command))))
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
    const { reads, quits, deliver } = openConnection()
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
    const { reads, quits, deliver } = openConnection()
    const first = outcomes(keys.map((key) => reads.read(key, true)))
    await turn()
    deliver(lose(position))
    expect(await isSettled(first)).toBe(false)
    const second = outcomes(keys.map((key) => reads.read(key, true)))
    await turn()
    deliver()
    for (const result of await first) expect(['RECORD_MISMATCH', 'STORE_UNAVAILABLE']).toContain(result)
    expect(quits).toHaveLength(1)
    expect(await isSettled(second)).toBe(false)
  })
})

it('a reply that was lost before the turn is noticed', async () => {
  const { reads, client, quits, deliver } = openConnection()
  client.sendCommand(['GET', 'x']).catch(() => {})
  const results = outcomes(keys.map((key) => reads.read(key, false)))
  await turn()
  deliver((replies) => [...replies.slice(1), 'something later'])
  for (const result of await results) expect(['RECORD_MISMATCH', 'STORE_UNAVAILABLE']).toContain(result)
  expect(quits.length).toBeGreaterThan(0)
})

it('an ECHO that was sent again over a new connection vouches for nothing', async () => {
  const { reads, quits, deliver, reconnect } = openConnection()
  const results = outcomes(['sess:1', 'sess:2'].map((key) => reads.read(key, false)))
  await turn()
  deliver(() => ['value of another', 'value of a third'])
  reconnect()
  deliver()
  expect(await results).toEqual(['unproven', 'unproven'])
  expect(quits).toEqual([])
})

it('nothing is vouched for while there is no connection', async () => {
  const { reads, client, deliver } = openConnection()
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
    const { reads, sent, deliver } = openConnection(refusing(refused, message))
    const results = outcomes(keys.map((key) => reads.read(key, true)))
    await turn()
    deliver()
    expect(await results).toEqual(expected)
    expect(sent.filter((command) => command.startsWith(refused)).length).toBe(refused === 'PTTL' ? 3 : 1)
  })

  it('of MGET is remembered', async () => {
    const { reads, sent, deliver } = openConnection(refusing('MGET', "ERR unknown command 'MGET'"))
    for (const expected of [[values[0], 'unproven', 'unproven'], values]) {
      const results = outcomes(keys.map((key) => reads.read(key, false)))
      await turn()
      deliver()
      expect(await results).toEqual(expected)
    }
    expect(sent.filter((command) => command.startsWith('MGET'))).toHaveLength(1)
  })
})

it('a connection that breaks rejects each read, with an error of its own', async () => {
  const { reads, deliver } = openConnection()
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
    const { reads, sent, deliver } = openConnection()
    expect([reads.isAvailable('sess:1'), reads.isAvailable('sess:1')]).toEqual([false, false])
    deliver()
    await turn()
    expect(reads.isAvailable('sess:1')).toBe(true)
    expect(sent).toEqual([expect.stringMatching(/^ECHO/)])
  })

  it.each(["NOPERM this user has no permissions to run the 'echo' command", "ERR unknown command 'ECHO'"])(
    'is not asked again after: %s',
    async (message) => {
      const { reads, sent, deliver } = openConnection(() => new Error(message))
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
    const { reads, deliver } = openConnection((command) =>
      command[0] === 'ECHO' && !isAllowed ? refusal : honest(command),
    )
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
