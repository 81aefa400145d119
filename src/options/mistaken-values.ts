/** What is often passed by mistake instead of something else. */
export type Mistaken = 'promise' | 'client' | 'store' | 'callback-store' | 'sessions'

/** What to write instead. A promise is always a mistake. */
export type Corrections = Readonly<Partial<Record<Exclude<Mistaken, 'promise'>, string>>>

/** What is wrong with a value, in the words of an option's error; `undefined` if it is no common mistake. */
export function mistakeIn(value: unknown, corrections: Corrections): string | undefined {
  const kind = kindOf(value)
  if (kind === 'promise') return 'is a promise; did you forget await?'
  const correction = kind && corrections[kind]
  return correction === undefined ? undefined : `is ${names[kind as keyof typeof names]}; ${correction}`
}

const names = {
  client: 'a Redis client',
  store: 'a store for createSessions()',
  'callback-store': 'a store for express-session',
  sessions: 'what createSessions() gave',
}

// The order matters: Redis clients have get and set, too.
const signs: readonly (readonly [Mistaken, ...(readonly string[])])[] = [
  ['promise', 'then'],
  ['client', 'sendCommand'],
  ['client', 'callBuffer'],
  ['client', 'customCommand'],
  ['store', 'load', 'insert', 'replace', 'remove'],
  ['sessions', 'open', 'end', 'close'],
  ['callback-store', 'get', 'set', 'destroy'],
]

function kindOf(value: unknown): Mistaken | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const members = value as Readonly<Record<string, unknown>>
  return signs.find(([, ...methods]) => methods.every((method) => typeof members[method] === 'function'))?.[0]
}
