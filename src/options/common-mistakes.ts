import { InvalidOptionError } from '../errors.js'

/** Values that are often passed by mistake. */
type Mistake = 'promise' | 'client' | 'store' | 'callback-store' | 'sessions'

/** Advice for each mistake: what to write instead. A promise is always a mistake. */
export type Corrections = Readonly<Partial<Record<Exclude<Mistake, 'promise'>, string>>>

/** Completes the sentence "Option x …" for a value that is a common mistake; otherwise `undefined`. */
export function commonMistake(value: unknown, corrections: Corrections): string | undefined {
  const kind = kindOf(value)
  if (kind === 'promise') return 'is a promise; did you forget await?'
  const correction = kind && corrections[kind]
  return correction === undefined ? undefined : `is ${names[kind as keyof typeof names]}; ${correction}`
}

/** Throws `InvalidOptionError` if the value is a common mistake, and says what to write instead. */
export function rejectCommonMistake(option: string, value: unknown, corrections: Corrections): void {
  const mistake = commonMistake(value, corrections)
  if (mistake !== undefined) throw new InvalidOptionError(option, mistake)
}

const names = {
  client: 'a Redis client',
  store: 'a store for createSessions()',
  'callback-store': 'a store for express-session',
  sessions: 'the result of createSessions()',
}

// The order matters: Redis clients have get and set, too.
const signs: readonly (readonly [Mistake, ...(readonly string[])])[] = [
  ['promise', 'then'],
  ['client', 'sendCommand'],
  ['client', 'callBuffer'],
  ['client', 'customCommand'],
  ['store', 'load', 'insert', 'replace', 'remove'],
  ['sessions', 'open', 'end', 'close'],
  ['callback-store', 'get', 'set', 'destroy'],
]

function kindOf(value: unknown): Mistake | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const members = value as Readonly<Record<string, unknown>>
  return signs.find(([, ...methods]) => methods.every((method) => typeof members[method] === 'function'))?.[0]
}
