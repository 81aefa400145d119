import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { recordEvents } from '../../../test/support/record-events.js'
import { DataNotEncodableError, DataTooLargeError } from '../../errors.js'
import { newHandle } from '../../store.js'
import { TrackedData } from './tracked-data.js'

function track(line: string, maxDataBytes = 1_000) {
  const handle = newHandle()
  const unreadable = recordEvents('record-unreadable')
  return { data: new TrackedData(line, maxDataBytes, handle), handle, unreadable }
}

const changesOf = (data: TrackedData): Record<string, string | undefined> => Object.fromEntries(data.changes() ?? [])

/** `-0` is stored as such. */
const encoded = (value: unknown): string => (Object.is(value, -0) ? '-0' : JSON.stringify(value))

describe('data that was not read', () => {
  it('costs nothing: it is neither parsed nor encoded', () => {
    const parse = vi.spyOn(JSON, 'parse')
    const stringify = vi.spyOn(JSON, 'stringify')
    const { data } = track('{"a":1}')
    expect(data.changes()).toBeUndefined()
    data.seal()
    expect(data.changedSinceSeal).toBe(false)
    expect(data.encode()).toBe('{"a":1}')
    expect(parse).not.toHaveBeenCalled()
    expect(stringify).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })

  it('is not even reported where it cannot be read', () => {
    const { data, unreadable } = track('broken')
    expect(data.changes()).toBeUndefined()
    expect(unreadable).toEqual([])
  })
})

describe('data that was looked at', () => {
  it('is one live object without a prototype', () => {
    const { data } = track('{"a":1}')
    expect(data.object).toEqual({ a: 1 })
    expect(data.object).toBe(data.object)
    expect(Object.getPrototypeOf(data.object)).toBeNull()
  })

  it('and left alone, has no changes, however the stored line is spelt', () => {
    for (const line of ['{}', '{"a":1,"b":{"c":[1,2]}}', '{ "b" : 1.0, "a" : "\\u0061" }', '{"b":1,"1":2}']) {
      const { data } = track(line)
      expect(data.object).toBeDefined()
      expect(data.changes()).toBeUndefined()
    }
  })

  it('and changed back, has no changes', () => {
    const { data } = track('{"a":1,"b":2}')
    data.object['a'] = 5
    expect(data.changes()).toBeDefined()
    delete data.object['a']
    data.object['a'] = 1
    expect(data.changes()).toBeUndefined()
  })

  it('shows just the keys whose JSON is another one, whatever was done to it', () => {
    const keys = fc.constantFrom('a', 'b', 'c', 'toString', '__proto_')
    // `JSON.stringify`, which this compares with, writes no -0, but a key `__proto__`.
    const withoutProto = (key: string, value: unknown): unknown => (key === '__proto__' ? undefined : value)
    const nested = fc
      .jsonValue({ maxDepth: 2 })
      .map((value) => JSON.parse(JSON.stringify(value), withoutProto) as unknown)
    const values = fc.oneof(fc.constantFrom(0, -0, 1, '', '1', true, null), nested)
    const objects = fc.dictionary(keys, values, { noNullPrototype: true })
    fc.assert(
      fc.property(objects, objects, fc.array(keys), (stored, written, deleted) => {
        const { data } = track(JSON.stringify(stored))
        Object.assign(data.object, structuredClone(written))
        for (const key of deleted) delete data.object[key]
        const before = JSON.parse(JSON.stringify(stored)) as Record<string, unknown>
        const now = Object.entries(data.object).map(([key, value]) => [key, encoded(value)] as const)
        const changed = now.filter(([key, json]) => !Object.hasOwn(before, key) || encoded(before[key]) !== json)
        const removed = Object.keys(before).filter((key) => !Object.hasOwn(data.object, key))
        expect(changesOf(data)).toEqual(Object.fromEntries([...changed, ...removed.map((key) => [key, undefined])]))
      }),
    )
  })

  it('is refused if it cannot be read, also where it stands for a value that was stored', () => {
    const { data } = track('{"a":1,"b":2}')
    Object.defineProperty(data.object, 'a', {
      enumerable: true,
      get() {
        throw new Error('no')
      },
    })
    expect(() => data.changes()).toThrow(DataNotEncodableError)
  })

  it('shows what was added, changed, changed deep inside and removed, and nothing else', () => {
    const { data } = track('{"same":1,"changed":1,"deep":{"list":[1]},"removed":1,"emptied":1}')
    const { object } = data
    object['added'] = [1]
    object['changed'] = 2
    ;(object['deep'] as { list: number[] }).list.push(2)
    delete object['removed']
    object['emptied'] = undefined
    expect(changesOf(data)).toEqual({
      added: '[1]',
      changed: '2',
      deep: '{"list":[1,2]}',
      removed: undefined,
      emptied: undefined,
    })
    expect([...data.base.keys()]).toEqual(['same', 'changed', 'deep', 'removed', 'emptied'])
  })

  it('and cannot be read, counts as empty and publishes one event', () => {
    const { data, handle, unreadable } = track('broken')
    expect(data.object).toEqual({})
    expect(data.object).toEqual({})
    expect(unreadable).toEqual([{ handle, reason: 'corrupt' }])
    data.object['a'] = 1
    expect(changesOf(data)).toEqual({ a: '1' })
  })

  it('throws when what it holds cannot be stored', () => {
    const { data } = track('{}', 100)
    data.object['a'] = new Map()
    expect(() => data.changes()).toThrow(DataNotEncodableError)
    data.object['a'] = 'x'.repeat(101)
    expect(() => data.changes()).toThrow(DataTooLargeError)
  })

  it('can be read, and has no changes, where a smaller limit was set since it was stored', () => {
    const { data } = track(JSON.stringify({ a: 'x'.repeat(200) }), 100)
    expect(data.object['a']).toHaveLength(200)
    expect(data.changes()).toBeUndefined()
    expect(() => {
      data.seal()
    }).not.toThrow()
    expect(data.changedSinceSeal).toBe(false)
  })
})

describe('changes after the seal', () => {
  it('are late', () => {
    const { data } = track('{"a":1}')
    data.object['a'] = 2
    data.seal()
    expect(data.changedSinceSeal).toBe(false)
    data.object['a'] = 3
    expect(data.changedSinceSeal).toBe(true)
  })

  it('are late too where the data was first looked at then', () => {
    const { data } = track('{"a":1}')
    data.seal()
    expect(data.object['a']).toBe(1)
    expect(data.changedSinceSeal).toBe(false)
    data.object['b'] = 2
    expect(data.changedSinceSeal).toBe(true)
  })

  it('are late, and no error, where they have no JSON form', () => {
    const { data } = track('{}')
    data.seal()
    data.object['a'] = 1n
    expect(data.changedSinceSeal).toBe(true)
  })
})

describe('a newer stored state', () => {
  it('is taken over in the same object, except where the handler changed something itself', () => {
    const { data } = track('{"mine":1,"theirs":1,"removed":1,"kept":{"n":1},"dropped":1}')
    const { object } = data
    const kept = object['kept']
    object['mine'] = 2
    delete object['dropped']
    data.rebase('{"mine":9,"theirs":2,"added":3,"kept":{"n":1},"dropped":9}')
    expect(data.object).toBe(object)
    expect(object).toEqual({ mine: 2, theirs: 2, added: 3, kept: { n: 1 } })
    expect(object['kept']).toBe(kept)
    expect(changesOf(data)).toEqual({ mine: '2', dropped: undefined })
  })

  it('that lost a value takes it from the object too, unless the handler changed it', () => {
    const { data } = track('{"mine":1,"theirs":1}')
    data.object['mine'] = 2
    data.rebase('{}')
    expect(data.object).toEqual({ mine: 2 })
    expect(changesOf(data)).toEqual({ mine: '2' })
  })

  it('has no changes once it holds what the handler had changed', () => {
    const { data } = track('{"a":1}')
    data.object['a'] = 2
    data.object['b'] = 3
    data.rebase('{"a":2,"b":3,"c":4}')
    expect(data.object).toEqual({ a: 2, b: 3, c: 4 })
    expect(data.changes()).toBeUndefined()
  })

  it('shows when the data is looked at only then', () => {
    const { data } = track('{"a":1}')
    data.rebase('{"b":2}')
    expect(data.object).toEqual({ b: 2 })
    expect([...data.base]).toEqual([['b', '2']])
  })

  it('brings no __proto__ along', () => {
    const { data } = track('{}')
    expect(data.object).toEqual({})
    data.rebase('{"__proto__":{"polluted":1},"a":{"\\u005f_proto__":{"polluted":1}}}')
    expect(data.encode()).toBe('{"a":{}}')
    expect(Object.keys(data.object)).toEqual(['a'])
    expect((data.object['a'] as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('loses __proto__ also where nothing else was changed', () => {
    const { data } = track('{"__proto__":{"polluted":1},"a":1}')
    expect(data.object).toEqual({ a: 1 })
    expect(data.encode()).toBe('{"a":1}')
    expect(data.changes()).toBeUndefined()
  })

  it('has no changes of its own, and shows those that come after it', () => {
    const { data } = track('{"a":1,"b":{"c":1}}')
    expect(data.object).toEqual({ a: 1, b: { c: 1 } })
    data.rebase('{"a":2,"b":{"c":1}}')
    expect(data.changes()).toBeUndefined()
    ;(data.object['b'] as { c: number }).c = 2
    expect(changesOf(data)).toEqual({ b: '{"c":2}' })
  })
})

describe('merging with what is stored by then', () => {
  it('gives the sealed line where nobody else has written, and their values beside mine where somebody has', () => {
    const { data } = track('{"a":1,"b":1}')
    data.object['a'] = 2
    const changes = data.seal()!
    expect(data.mergedWith('{"a":1,"b":1}', changes)).toEqual({ line: '{"a":2,"b":1}', conflicts: [] })
    expect(data.mergedWith('{"a":3,"b":3}', changes)).toEqual({ line: '{"a":2,"b":3}', conflicts: ['a'] })
  })

  it('takes no changes but those that were sealed for the sealed ones', () => {
    const { data } = track('{"a":1,"b":1}')
    data.object['a'] = 2
    const earlier = data.changes()!
    data.object['b'] = 2
    data.seal()
    expect(data.mergedWith('{"a":1,"b":1}', earlier).line).toBe('{"a":2,"b":1}')
  })

  it('keeps what was stored after the seal', () => {
    const { data } = track('{"a":1}')
    data.object['a'] = 2
    const changes = data.seal()!
    data.rebase('{"a":1,"c":1}')
    expect(data.mergedWith('{"a":1,"c":1}', changes).line).toBe('{"a":2,"c":1}')
  })
})

describe('forgetting', () => {
  it('LC-3: leaves only the values that are to stay, in the same object', () => {
    const { data } = track('{"cart":[1],"csrf":"x","__proto__":1}')
    const { object } = data
    object['planted'] = 1
    object['__proto__'] = 1
    data.keepOnly(['cart', 'unheard-of', 'toString'])
    expect(data.object).toBe(object)
    expect(Object.keys(object)).toEqual(['cart'])
  })

  it('leaves a blank session that counts its changes from nothing', () => {
    const { data } = track('{"a":1}')
    const { object } = data
    data.reset()
    expect(data.object).toBe(object)
    expect(object).toEqual({})
    expect(data.changes()).toBeUndefined()
    expect(data.base.size).toBe(0)
    object['b'] = 1
    expect(changesOf(data)).toEqual({ b: '1' })
  })
})
