/** Whether it is an object or array without a class of its own, also from another realm, such as a test runner's. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return !Array.isArray(value)
  if (Array.isArray(value)) return Array.isArray(prototype)
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')
}

/** JSON cannot have them as keys. */
export function hasEnumerableSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))
}
