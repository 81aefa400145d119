/** Keeps one value for each request of a framework, without changing the request's shape. */
export interface RequestSlots {
  get(request: object): unknown
  set(request: object, value: unknown): void
}

/** As a superclass: its constructor gives back the object that it is called with, so that a subclass adds its private fields to that one. */
const Given = function (object: object) {
  return object
} as unknown as new (object: object) => object

class Slot extends Given {
  readonly #request: object
  readonly #value: unknown

  constructor(holder: object, request: object, value: unknown) {
    super(holder)
    this.#request = request
    this.#value = value
  }

  static isIn(holder: object): boolean {
    return #request in holder
  }

  static valueFor(request: object, holder: object): unknown {
    return #request in holder && holder.#request === request ? holder.#value : undefined
  }
}

/**
 * The value becomes a private field of the request's `_readableState`: an object of its own that every stream has, and that nobody replaces. A
 * `WeakMap` does the same, but V8 keeps its values until the next full garbage collection, and copies them twice before. That costs more than all
 * the rest of finding a session. It is used for requests that have no such object, or share it.
 */
export function requestSlots(): RequestSlots {
  const others = new WeakMap<object, unknown>()
  return {
    get(request) {
      const holder = holderOf(request)
      return (holder && Slot.valueFor(request, holder)) ?? others.get(request)
    },
    set(request, value) {
      const holder = holderOf(request)
      if (holder === undefined || Slot.isIn(holder)) others.set(request, value)
      else void new Slot(holder, request, value)
    },
  }
}

function holderOf(request: object): object | undefined {
  const { _readableState: holder } = request as { readonly _readableState?: unknown }
  return typeof holder === 'object' && holder !== null ? holder : undefined
}
