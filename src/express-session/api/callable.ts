/**
 * The class, which may also be called as a function on an object that is to become one: `Store.call(this)`, as stores written
 * before classes do. `initialise` then does what the constructor would.
 */
export function callableWithoutNew<Class extends abstract new (...values: never[]) => object>(
  Class: Class,
  initialise: (self: object) => void,
): Class {
  const callable = new Proxy(Class, {
    apply(_target, self: object) {
      initialise(self)
    },
  })
  Object.defineProperty(Class.prototype, 'constructor', { value: callable, configurable: true, writable: true })
  return callable
}
