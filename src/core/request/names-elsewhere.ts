import { InvalidArgumentError } from '../../errors.js'

/** What sessions of other libraries have, and what takes its place here. */
const methods: Readonly<Record<string, string>> = {
  destroy: 'to sign out, call session.end()',
  regenerate: 'to sign in, call session.signIn(userId), or session.rotate() for a new secret alone',
  touch: 'a session that is used is prolonged by itself',
  resetMaxAge: 'a session that is used is prolonged by itself',
  reload: 'to change what is stored, call session.update(), which is given it',
}
const values: Readonly<Record<string, string>> = {
  id: 'its public name is session.handle',
  cookie: 'how it is set and how long it lives are options of createSessions()',
}

/** For the prototype of sessions: what must not be `undefined` in silence throws and says what to do, as a method when it is called. */
export function adviseOn(target: object, property: string | symbol, receiver: unknown): unknown {
  if (typeof property === 'string') {
    if (Object.hasOwn(values, property)) throw adviceError(`session.${property}`, values[property])
    if (Object.hasOwn(methods, property)) {
      return () => {
        throw adviceError(`session.${property}()`, methods[property])
      }
    }
  }
  return Reflect.get(target, property, receiver) as unknown
}

function adviceError(name: string, advice = ''): InvalidArgumentError {
  return new InvalidArgumentError(`There is no ${name}: ${advice}.`)
}
