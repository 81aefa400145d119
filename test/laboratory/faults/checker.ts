import { outcomeOf, type Operation } from './history.js'

/** What a history shows that should never be. */
export interface Findings {
  /** Added elements that were acknowledged, and missing from a read that started after that. */
  readonly lostWrites: readonly string[]
  /** Sessions that were there once, and gone later, though nobody had ended them. */
  readonly lostSessions: readonly number[]
  /** Sign-ins that were answered as success, and no request ever found them. */
  readonly falseSignIns: readonly number[]
  /** Sessions that answered a request which had started after their acknowledged sign-out. */
  readonly undoneSignOuts: readonly number[]
  /** Answers that name another user than the owner of the cookie. */
  readonly foreign: readonly Operation[]
  /** Answers other than 200, 302, 401, 409 and 503. */
  readonly oddStatuses: readonly Operation[]
  /** Failures that set a cookie. */
  readonly cookiesOnFailure: readonly Operation[]
}

/** Looks for contradictions in a history. Knows nothing of what was done to the servers meanwhile. */
export function findContradictions(history: readonly Operation[]): Findings {
  const sessions = bySession(history)
  const numbers = (holds: (operations: readonly Operation[]) => boolean): number[] =>
    [...sessions].filter(([, operations]) => holds(operations)).map(([number]) => number)
  return {
    lostWrites: [...sessions.values()].flatMap(lostWritesOf),
    lostSessions: numbers((session) => isMissing(session) && wasFound(session)),
    falseSignIns: numbers((session) => isMissing(session) && !wasFound(session)),
    undoneSignOuts: numbers(isUndone),
    foreign: history.filter(({ owner, user }) => owner !== undefined && owner !== user),
    oddStatuses: history.filter(({ status }) => ![0, 200, 302, 401, 409, 503].includes(status)),
    cookiesOnFailure: history.filter(({ status, setsCookie }) => setsCookie && status >= 500),
  }
}

function bySession(history: readonly Operation[]): Map<number, Operation[]> {
  const sessions = new Map<number, Operation[]>()
  for (const operation of history) {
    const { session } = operation
    sessions.set(session, [...(sessions.get(session) ?? []), operation])
  }
  return sessions
}

function lostWritesOf(session: readonly Operation[]): string[] {
  const reads = session.filter(({ elements }) => elements !== undefined)
  const isLost = ({ element, endedAt }: Operation): boolean =>
    reads.some(({ startedAt, elements }) => startedAt > endedAt && !elements!.includes(element!))
  const added = session.filter((operation) => operation.kind === 'add' && outcomeOf(operation) === 'ok')
  return added.filter(isLost).map(({ element }) => element!)
}

/**
 * Whether somebody was told that nobody is signed in, though nothing can have ended the session. A sign-out may have, from its
 * start on, whatever its answer; and a rotation whose answer got lost, with the new cookie.
 */
function isMissing(session: readonly Operation[]): boolean {
  const mayEnd = (operation: Operation): boolean =>
    (operation.kind === 'sign-out' && outcomeOf(operation) !== 'refused') ||
    (operation.kind === 'rotate' && outcomeOf(operation) === 'unknown')
  const endedFrom = Math.min(...session.filter(mayEnd).map(({ startedAt }) => startedAt))
  const signedInAt = session.find((operation) => operation.kind === 'sign-in' && outcomeOf(operation) === 'ok')?.endedAt
  if (signedInAt === undefined) return false
  return session.some(
    (operation) => operation.startedAt >= signedInAt && operation.status === 401 && operation.endedAt < endedFrom,
  )
}

function wasFound(session: readonly Operation[]): boolean {
  return session.some(({ kind, owner }) => kind !== 'sign-in' && owner !== undefined)
}

function isUndone(session: readonly Operation[]): boolean {
  const signedOut = session.filter((operation) => operation.kind === 'sign-out' && outcomeOf(operation) === 'ok')
  const signedOutAt = Math.min(...signedOut.map(({ endedAt }) => endedAt))
  return session.some(({ owner, startedAt }) => owner !== undefined && startedAt > signedOutAt)
}
