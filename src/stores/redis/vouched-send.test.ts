import { describe, expect, it } from 'vitest'
import type { Command } from './client.js'
import { slotOf } from './shards.js'
import { vouchedSend } from './vouched-send.js'

/** A connection that gives replies to commands in their order, with `faults` among them. */
function connection(faults: (replies: unknown[]) => unknown[]) {
  const waiting: ((reply: unknown) => void)[] = []
  let replies: unknown[] = []
  return {
    send(_key: string, [name, ...parameters]: Command): Promise<unknown> {
      replies.push(name === 'ECHO' ? parameters[0] : `reply to ${name}`)
      return new Promise((resolve) => void waiting.push(resolve))
    },
    /** Lets the server answer all that was sent. */
    answer(): void {
      for (const reply of faults(replies)) waiting.shift()?.(reply)
      replies = []
    },
  }
}

/** What comes of three vouched commands in one tick, and for which keys the client was made to reconnect. */
async function threeCommands(faults: (replies: unknown[]) => unknown[]) {
  const reconnected: string[] = []
  const { send, answer } = connection(faults)
  const vouched = vouchedSend({ sendCommand: send }, send, (key) => void reconnected.push(key))
  const replies = ['ONE', 'TWO', 'THREE'].map((name) => vouched('key', [name, 'key']))
  const settled = Promise.allSettled(replies)
  answer()
  answer() // nothing more: what is still missing comes with later replies
  void send('key', ['LATER'])
  void send('key', ['LATER'])
  answer()
  const outcomes = await settled
  return {
    outcomes: outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.code)),
    reconnected,
  }
}

describe('of three vouched commands', () => {
  const own = ['reply to ONE', 'reply to TWO', 'reply to THREE']

  it('each gets its reply on a connection that is in order', async () => {
    expect(await threeCommands((replies) => replies)).toEqual({ outcomes: own, reconnected: [] })
  })

  it.each([0, 1, 2, 3, 4, 5])('none gets the reply to another one if reply %d is lost', async (position) => {
    let isFirst = true
    const { outcomes, reconnected } = await threeCommands((replies) => {
      const given = isFirst ? replies.toSpliced(position, 1) : replies
      isFirst = false
      return given
    })
    const before = Math.floor(position / 2)
    expect(outcomes).toEqual(own.map((reply, index) => (index < before ? reply : 'RECORD_MISMATCH')))
    expect(reconnected.length).toBe(3 - before)
  })

  it.each([0, 1, 2, 3, 4])('none gets the reply to another one if reply %d is doubled', async (position) => {
    const { outcomes } = await threeCommands((replies) => replies.toSpliced(position, 0, replies[position]))
    // If a word is doubled, its own command has its reply already.
    const before = Math.floor((position + 1) / 2)
    expect(outcomes).toEqual(own.map((reply, index) => (index < before ? reply : 'RECORD_MISMATCH')))
  })
})

describe('a vouched command', () => {
  const failing = (which: string) => async (_key: string, command: Command) => {
    if (command[0] === which) throw new Error(`${which} failed`)
    return command[1]
  }

  it.each(['SET', 'ECHO'])('rejects if %s does', async (which) => {
    const vouched = vouchedSend({ sendCommand() {} }, failing(which), () => {})
    await expect(vouched('key', ['SET', 'key', 'value'])).rejects.toThrow(`${which} failed`)
  })

  it('rejects with a mismatch even if the reply is an error: it may be the error of another command', async () => {
    const send = async (_key: string, [name]: Command): Promise<unknown> => {
      if (name === 'SET') throw new Error('WRONGTYPE')
      return 'another word'
    }
    const vouched = vouchedSend({ sendCommand() {} }, send, () => {})
    await expect(vouched('key', ['SET', 'key', 'value'])).rejects.toMatchObject({ code: 'RECORD_MISMATCH' })
  })

  it('accepts the word as bytes', async () => {
    const send = async (_key: string, [, word]: Command): Promise<unknown> => Buffer.from(word!)
    const vouched = vouchedSend({ sendCommand() {} }, send, () => {})
    expect(String(await vouched('key', ['GET', 'key']))).toBe('key')
  })

  it('of an ioredis Cluster has its word from the master of its key, not from any node', async () => {
    const asked: number[] = []
    const node = (port: number) => ({
      options: { host: '127.0.0.1', port },
      call: async (_name: string, word: string) => {
        asked.push(port)
        return word
      },
    })
    const slots = []
    slots[slotOf('app:key')] = ['127.0.0.1:2', '127.0.0.1:3']
    const nodes = () => [node(1), node(2)]
    const cluster = { call() {}, callBuffer() {}, nodes, slots, options: { keyPrefix: 'app:' } }
    const vouched = vouchedSend(
      cluster,
      async (_key, [name]) => name,
      () => {},
    )
    expect(await vouched('key', ['GET', 'key'])).toBe('GET')
    expect(asked).toEqual([2])
  })

  const method = (): void => {}
  const slots = []
  slots[slotOf('key')] = { master: {} }
  it.each([
    ['a Cluster of node-redis', { sendCommand: method, nodeClient: async () => ({ sendCommand: echo }), slots }],
    ['valkey-glide', { customCommand: method }],
    ['a pool of node-redis', { sendCommand: method, tasksQueueLength: 0 }],
  ])('of %s sends its word only after the reply, because until then it may go first', async (_which, client) => {
    sent.length = 0
    const send = async (_key: string, command: Command): Promise<unknown> => {
      if (command[0] === 'ECHO') return echo(command)
      await new Promise((resolve) => setImmediate(resolve))
      sent.push(command[0])
      return 'reply'
    }
    const vouched = vouchedSend(client, send, () => {})
    expect(await vouched('key', ['SET', 'key'])).toBe('reply')
    expect(sent).toEqual(['SET', 'ECHO'])
  })
})

const sent: string[] = []
async function echo([name, word]: readonly (string | Uint8Array)[]): Promise<unknown> {
  sent.push(String(name))
  return word
}
