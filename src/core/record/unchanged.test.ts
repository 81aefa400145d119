import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, type DataObject } from './data.js'
import { encodeFields } from './encode-data.js'
import { changesBetween } from './merge.js'
import { beyondBounds, copyOf, isUnchanged } from './unchanged.js'

type Edit = (target: DataObject, key: string, value: unknown) => void

const property = (descriptor: PropertyDescriptor): PropertyDescriptor => ({
  enumerable: true,
  configurable: true,
  ...descriptor,
})

/** What a handler may do to its data, or to any object or list in it. */
const edits: Readonly<Record<string, Edit>> = {
  nothing: () => {},
  set(target, key, value) {
    target[key] = value
  },
  delete: (target, key) => void Reflect.deleteProperty(target, key),
  'set a symbol': (target, _key, value) => Object.defineProperty(target, Symbol('s'), property({ value })),
  'define a getter': (target, key, value) => Object.defineProperty(target, key, property({ get: () => value })),
  'define a throwing getter': (target, key) =>
    Object.defineProperty(
      target,
      key,
      property({
        get() {
          throw new Error('no')
        },
      }),
    ),
  'hide a key': (target, key, value) => Object.defineProperty(target, key, property({ value, enumerable: false })),
  'inherit it'(target, key, value) {
    Reflect.deleteProperty(target, key)
    Object.setPrototypeOf(target, { [key]: value })
  },
  'inherit it beside another key'(target, key, value) {
    Reflect.deleteProperty(target, key)
    Object.setPrototypeOf(target, { [key]: value })
    target['other'] = 1
  },
  'give it a class': (target) => Object.setPrototypeOf(target, Date.prototype),
  'add toJSON'(target) {
    target['toJSON'] = () => 1
  },
  'cut it short'(target) {
    if (Array.isArray(target)) target.length = 0
  },
  'make it a cycle'(target, key) {
    target[key] = target
  },
}

/** All objects and lists in it, and itself. */
function targetsIn(value: unknown): DataObject[] {
  if (typeof value !== 'object' || value === null) return []
  return [value as DataObject, ...Object.values(value).flatMap(targetsIn)]
}

/** How many keys encoding finds changed; `undefined` if it finds something that cannot be stored. */
function changesIn(before: DataObject, after: DataObject): number | undefined {
  try {
    return changesBetween(encodeFields(before), encodeFields(after)).size
  } catch {
    return undefined
  }
}

describe('data compared with its copy', () => {
  it('counts as unchanged only where encoding finds no change', () => {
    const verdicts = new Map<string, number>()
    const stored = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 })
    const values = fc.option(fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom(undefined, NaN, -0, 1n)), {
      nil: 'as before',
    })
    fc.assert(
      fc.property(
        stored,
        fc.constantFrom(...Object.keys(edits)),
        fc.nat(),
        fc.nat(),
        values,
        (data, name, at, which, value) => {
          const { object, values: copy } = decode(JSON.stringify(data)) as { object: DataObject; values: DataObject }
          const targets = targetsIn(object)
          const target = targets[at % targets.length] as DataObject
          const keys = Object.keys(target)
          const key = keys[which % (keys.length + 1)] ?? 'new'
          edits[name]?.(target, key, value === 'as before' ? target[key] : value)
          let isSame = false
          try {
            isSame = isUnchanged(object, copy)
          } catch {
            expect(name).toBe('define a throwing getter')
          }
          verdicts.set(`${name}: ${isSame}`, 1)
          if (isSame) expect(changesIn(copy, object)).toBe(0)
        },
      ),
      { numRuns: 5_000 },
    )
    expect([...verdicts.keys()]).toEqual(
      expect.arrayContaining(['nothing: true', 'set: true', 'set: false', 'delete: false']),
    )
  })

  it('shares no object or list with it', () => {
    const data = { a: { b: [{ c: 1 }] } }
    const copy = copyOf(data, 64) as typeof data
    expect(copy).toEqual(data)
    for (const [one, other] of [
      [copy, data],
      [copy.a, data.a],
      [copy.a.b, data.a.b],
      [copy.a.b[0], data.a.b[0]],
    ])
      expect(one).not.toBe(other)
  })

  it('has no copy if it nests too deep, or a number is not finite', () => {
    expect(copyOf([[[1]]], 2)).toEqual([[[1]]])
    expect(copyOf([[[1]]], 1)).toBe(beyondBounds)
    expect(copyOf({ a: [{ b: Infinity }] }, 64)).toBe(beyondBounds)
  })
})
