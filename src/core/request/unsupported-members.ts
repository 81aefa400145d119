import { InvalidArgumentError } from '../../errors.js'

/** Members that sessions of other libraries have, and what to use instead. */
const methods: Readonly<Record<string, string>> = {
  destroy: 'to sign out, call session.end()',
  regenerate: 'to sign in, call session.signIn(userId), or session.rotate() for a new secret alone',
  touch: 'using a session extends it',
  resetMaxAge: 'using a session extends it',
  reload: 'to change what is stored, call session.update(), which gets it',
}
const values: Readonly<Record<string, string>> = {
  id: 'the public name of a session is session.handle',
  cookie: 'its attributes and lifetime are options of createSessions()',
}

/**
 * Makes wrong uses of a class throw instead of passing silently, also in code that is not in strict mode: assigning to a member that
 * has no setter or does not exist, such as `session.cart = []`, and using a member that other libraries have, such as `destroy()`.
 */
export function rejectUnsupportedMembers(prototype: object): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const { get = () => property.value as unknown, set = () => rejectAssignment(name) } = property
    if (name !== 'constructor') Object.defineProperty(prototype, name, { get, set })
  }
  const set = (_target: object, property: string | symbol): never => rejectAssignment(property)
  Object.setPrototypeOf(prototype, new Proxy({}, { get: getUnsupported, set }))
}

function rejectAssignment(property: string | symbol): never {
  throw new InvalidArgumentError(
    `session.${String(property)} cannot be set: data belongs under session.data, and session.signIn(userId) signs in.`,
  )
}

function getUnsupported(target: object, property: string | symbol, receiver: unknown): unknown {
  if (typeof property === 'string') {
    if (Object.hasOwn(values, property)) throw unsupportedError(`session.${property}`, values[property])
    if (Object.hasOwn(methods, property)) {
      return () => {
        throw unsupportedError(`session.${property}()`, methods[property])
      }
    }
  }
  return Reflect.get(target, property, receiver) as unknown
}

function unsupportedError(name: string, advice = ''): InvalidArgumentError {
  return new InvalidArgumentError(`There is no ${name}: ${advice}.`)
}
