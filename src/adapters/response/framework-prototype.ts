import { areFrameworkPrototypesReliable } from './bypass.js'

/** The prototype that a framework has put in front of Node's, and Node's. */
export interface FrameworkPrototype {
  readonly prototype: object
  readonly base: object
}

/** By an object's own prototype, which may inherit from the framework's, as those of Express applications do. */
const known = new WeakMap<object, FrameworkPrototype | 'none'>()

/**
 * The prototype that all requests, or responses, of a framework such as Express have in common; `undefined` for objects as Node makes
 * them, and for those of other hosts.
 *
 * Replacing an object's prototype gives it a shape of its own. From then on, V8 takes a microsecond or more to add a property, and
 * collects a kilobyte of garbage for it. So what we add goes onto the framework's prototype, once, and finds what belongs to one object
 * elsewhere: of a request in a slot, of a response in a `WeakMap`, from which it is removed when the response begins.
 */
export function frameworkPrototypeOf(object: object): FrameworkPrototype | undefined {
  const own = Object.getPrototypeOf(object) as object | null
  if (own === null || !areFrameworkPrototypesReliable()) return undefined
  let found = known.get(own)
  if (found === undefined) known.set(own, (found = find(own) ?? 'none'))
  return found === 'none' ? undefined : found
}

function find(own: object): FrameworkPrototype | undefined {
  let prototype: object | undefined
  let base: object | null = own
  // The prototype of a class has a `constructor`; those that frameworks make with `Object.create` have none.
  while (base !== null && !Object.hasOwn(base, 'constructor')) {
    prototype = base
    base = Object.getPrototypeOf(base) as object | null
  }
  if (prototype === undefined || base === null || base === Object.prototype) return undefined
  return Object.isExtensible(prototype) ? { prototype, base } : undefined
}
