import { type Kind, type Operation, type Outcome, outcomeOf } from './history.js'
import type { Result } from './run-scenario.js'
import { ms, percent } from './table.js'
import { latencyOf, shareDone, startedBetween } from './timing.js'

// What a scenario reports besides what stands in the columns.

/** How much was served while the fault lasted, by what was asked for. */
export function servedByKind({ history, brokenAt, healedAt }: Result): Record<Kind, number> {
  const during = startedBetween(history, brokenAt, healedAt)
  const share = (kind: Kind): number => shareDone(during.filter((operation) => operation.kind === kind))
  return {
    'sign-in': share('sign-in'),
    read: share('read'),
    add: share('add'),
    rotate: share('rotate'),
    'sign-out': share('sign-out'),
  }
}

export function servedInWords(result: Result): string {
  const served = Object.entries(servedByKind(result)).map(([kind, share]) => `${kind} ${percent(share)}`)
  return `served: ${served.join(', ')}`
}

/** How long answers took while the fault lasted, and how many of them were refusals without asking. */
export function latencyInWords({ history, brokenAt, healedAt }: Result): string {
  const during = startedBetween(history, brokenAt, healedAt)
  const { p50, p99 } = latencyOf(during)
  const atOnce = during.filter(({ status, startedAt, endedAt }) => status === 503 && endedAt - startedAt < 50)
  return `p50 ${ms(p50)}, p99 ${ms(p99)}; ${atOnce.length} of ${during.length} refused within 50 ms`
}

/** What became of the requests while the fault lasted. */
export function outcomesInWords({ history, brokenAt, healedAt }: Result): string {
  const outcomes = startedBetween(history, brokenAt, healedAt).map((operation) => outcomeOf(operation))
  const count = (wanted: Outcome): number => outcomes.filter((outcome) => outcome === wanted).length
  return `${count('ok')} done, ${count('refused')} refused, ${count('unknown')} unknown`
}

/** Connections that were made while the fault lasted. */
export function connectionsInWords({ connections, brokenAt, healedAt }: Result): string {
  return `${connections} connections were made meanwhile, ${connectionsPerSecond(connections, healedAt - brokenAt)} a second`
}

function connectionsPerSecond(connections: number, durationMs: number): string {
  return ((connections * 1000) / durationMs).toFixed(1)
}

/** From the first request that failed to the last one. */
export function failuresInWords({ history, brokenAt }: Result): string {
  const failed = startedBetween(history, brokenAt, Infinity).filter((operation) => outcomeOf(operation) === 'unknown')
  if (failed.length === 0) return 'no request failed'
  const first = Math.min(...failed.map(({ startedAt }) => startedAt))
  const last = Math.max(...failed.map(({ endedAt }) => endedAt))
  return `requests failed within ${ms(last - first)}, ${failed.length} of them`
}

/** Of the sessions that were there when the fault began, those that were gone afterwards. */
export function signedOutInWords({ history, brokenAt, healedAt }: Result): string {
  const there = new Set<number>()
  for (const { session, kind, endedAt, ...operation } of history) {
    if (kind === 'sign-in' && endedAt < brokenAt && outcomeOf(operation) === 'ok') there.add(session)
    else if (kind === 'sign-out' && endedAt < healedAt) there.delete(session)
  }
  const later = startedBetween(history, healedAt, Infinity).filter(({ session }) => there.has(session))
  const found = new Set(later.filter(({ owner }) => owner !== undefined).map(({ session }) => session))
  const gone = new Set(
    later.filter(({ status, session }) => status === 401 && !found.has(session)).map(({ session }) => session),
  )
  return `${gone.size} of ${gone.size + found.size} sessions were gone`
}

/** How long the answers took, those about large sessions and the others, and how many of them were given. */
export function bySizeInWords({ history, brokenAt, healedAt }: Result): string {
  const during = startedBetween(history, brokenAt, healedAt)
  const inWords = (name: string, operations: readonly Operation[]): string => {
    const { p50, p99 } = latencyOf(operations)
    return `${name}: p50 ${ms(p50)}, p99 ${ms(p99)}, ${percent(shareDone(operations))} of ${operations.length} served`
  }
  const small = during.filter(({ isLarge }) => !isLarge)
  const large = during.filter(({ isLarge }) => isLarge)
  return `${inWords('small sessions', small)}; ${inWords('from 48 kB on', large)}`
}

/** The most commands that the client of a backend kept because they had no answer yet. */
export function queueInWords({ after }: Result): string {
  return `at most ${Math.max(...after.map(({ queued }) => queued))} commands waited in a client`
}

/** What may grow without end. */
export function growthInWords({ before, after }: Result): string {
  const most = (healths: Result['before'], of: 'memoryMb' | 'listeners'): number =>
    Math.round(Math.max(...healths.map((health) => health[of])))
  return `memory from ${most(before, 'memoryMb')} to ${most(after, 'memoryMb')} MB, listeners from ${most(before, 'listeners')} to ${most(after, 'listeners')}`
}

/** That no listeners are left over. A few come and go with the requests that are under way. */
export function listenersGrew({ before, after }: Result): string | undefined {
  const grew = after.some(({ listeners }, index) => listeners > before[index]!.listeners + 10)
  return grew ? 'listeners were left over' : undefined
}
