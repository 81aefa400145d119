/**
 * The class, but it can also be called as a function: `Store.call(this)`, as in stores written before ES classes. `initialise` then does
 * the constructor's work.
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
