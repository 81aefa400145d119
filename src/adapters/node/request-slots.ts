/** Keeps one value for each request of a framework, without changing the request's shape. */
export interface RequestSlots {
  /** Also for an object that inherits from the request. */
  get(request: object): unknown
  /** Only for the request itself. */
  has(request: object): boolean
  set(request: object, value: unknown): void
}

/** As a superclass: its constructor gives back the object that it is called with, so that a subclass adds its private fields to that one. */
const Given = function (object: object) {
  return object
} as unknown as new (object: object) => object

/**
 * The value becomes a private field of the request's `_readableState`: an object of its own that every stream has, and that nobody replaces. A
 * `WeakMap` does the same, but V8 keeps its values until the next full garbage collection, and copies them twice before. That costs more than all
 * the rest of finding a session. It is used for requests that have no such object, or share it.
 */
export function requestSlots(): RequestSlots {
  const others = new WeakMap<object, unknown>()

  class Slot extends Given {
    readonly #request: object
    #value: unknown

    constructor(holder: object, request: object, value: unknown) {
      super(holder)
      this.#request = request
      this.#value = value
    }

    /** Whose slot it is, if the object has one. */
    static requestOf(holder: object): object | undefined {
      return #request in holder ? holder.#request : undefined
    }

    static valueIn(holder: object): unknown {
      return (holder as Slot).#value
    }

    static replace(holder: object, value: unknown): void {
      ;(holder as Slot).#value = value
    }
  }

  return {
    get(request) {
      const holder = holderOf(request)
      const owner = holder && Slot.requestOf(holder)
      if (holder === undefined || owner === undefined) return others.get(request)
      if (owner === request) return Slot.valueIn(holder)
      const isHeir = Object.prototype.isPrototypeOf.call(owner, request)
      return others.get(request) ?? (isHeir ? Slot.valueIn(holder) : undefined)
    },
    has(request) {
      const holder = holderOf(request)
      return (holder !== undefined && Slot.requestOf(holder) === request) || others.has(request)
    },
    set(request, value) {
      const holder = holderOf(request)
      const owner = holder && Slot.requestOf(holder)
      if (holder !== undefined && owner === request) Slot.replace(holder, value)
      else if (holder === undefined || owner !== undefined || !Object.isExtensible(holder)) others.set(request, value)
      else void new Slot(holder, request, value)
    },
  }
}

function holderOf(request: object): object | undefined {
  // Not as `request._readableState`: the shape of such a request is its own, so V8 would update its caches each time, which takes longer.
  const holder: unknown = Reflect.get(request, '_readableState')
  return typeof holder === 'object' && holder !== null ? holder : undefined
}
