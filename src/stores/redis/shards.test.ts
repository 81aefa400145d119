import { describe, expect, it } from 'vitest'
import { shardsOf, slotOf, spreadKeys } from './shards.js'

describe('the slot of a key', () => {
  it.each([
    ['123456789', 12739],
    ['foo', 12182],
    ['user:{foo}', 12182],
    ['{foo}:bar', 12182],
    ['{}foo', slotOf('{}foo')],
    ['', 0],
  ])('%j is %d', (key, slot) => {
    expect(slotOf(key)).toBe(slot)
  })

  it('takes an empty pair of braces, and one that does not end, for what they are', () => {
    expect(slotOf('{}{foo}')).not.toBe(slotOf('foo'))
    expect(slotOf('{foo')).not.toBe(slotOf('foo'))
  })
})

describe('spread keys', () => {
  it('lie in each quarter of the slots, so that one dead master of a Cluster never has all of them', () => {
    for (let round = 0; round < 100; round++) {
      const keys = spreadKeys('sessions:')
      expect(keys.every((key) => key.startsWith('sessions:'))).toBe(true)
      const quarters = keys.map((key) => Math.floor(slotOf(key) / 4_096))
      expect(quarters.toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3])
    }
  })
})

describe('the shard of a key', () => {
  const [foo, bar] = [slotOf('foo'), slotOf('bar')]

  it('is nothing where there is one server', () => {
    expect(shardsOf({ sendCommand: () => {} })).toBeUndefined()
  })

  it('is its master, as node-redis knows it', () => {
    const slots = []
    slots[foo] = { master: { address: '127.0.0.1:1' } }
    slots[bar] = { master: { address: '127.0.0.1:2' } }
    const shard = shardsOf({ sendCommand: () => {}, nodeClient: () => {}, slots })
    expect([shard?.('foo'), shard?.('bar')]).toEqual(['127.0.0.1:1', '127.0.0.1:2'])
  })

  it('is its master, as ioredis knows it', () => {
    const slots = []
    slots[foo] = ['127.0.0.1:1', '127.0.0.1:3']
    const shard = shardsOf({ call: () => {}, callBuffer: () => {}, nodes: () => {}, slots })
    expect(shard?.('foo')).toBe('127.0.0.1:1')
  })

  it('is a range of slots where the client shows nothing, or nothing yet', () => {
    const shard = shardsOf({ customCommand: () => {}, invokeScriptWithRoute: () => {} })
    expect(shard?.('foo')).toBe(`slots ${Math.floor(foo / 1024)}`)
    expect(shard?.('foo')).not.toBe(shard?.('bar'))
  })
})
