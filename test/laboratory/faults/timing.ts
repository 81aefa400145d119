import { outcomeOf, type Operation } from './history.js'

export interface Latency {
  readonly p50: number
  readonly p99: number
  /** Of the requests that were answered. */
  readonly slowest: number
  /** Requests that had no answer. */
  readonly unanswered: number
}

/** In ms. */
export function latencyOf(operations: readonly Operation[]): Latency {
  const waitedFor = operations.filter(({ isAbandoned }) => !isAbandoned)
  const answered = waitedFor.filter(({ status }) => status !== 0)
  const times = answered.map(({ startedAt, endedAt }) => endedAt - startedAt).sort((a, b) => a - b)
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { p50: at(0.5), p99: at(0.99), slowest: at(1), unanswered: waitedFor.length - answered.length }
}

/** The operations that started in this time. */
export function startedBetween(history: readonly Operation[], from: number, to: number): Operation[] {
  return history.filter(({ startedAt }) => startedAt >= from && startedAt < to)
}

/** The share of what was done, or rightly refused; 1 when there was nothing to do. */
export function shareDone(operations: readonly Operation[]): number {
  const waitedFor = operations.filter(({ isAbandoned }) => !isAbandoned)
  if (waitedFor.length === 0) return 1
  return waitedFor.filter((operation) => outcomeOf(operation) !== 'unknown').length / waitedFor.length
}

const windowMs = 1000
const wantedShare = 0.99

/**
 * How long after `healedAt` it took until everything was well again: to the first second of which 99 % of the requests succeed.
 * `undefined` when there is no such second until `endedAt`.
 */
export function recoveryOf(history: readonly Operation[], healedAt: number, endedAt: number): number | undefined {
  const later = startedBetween(history, healedAt, endedAt).sort((a, b) => a.startedAt - b.startedAt)
  const isWell = (from: number): boolean => {
    const second = startedBetween(later, from, from + windowMs)
    return second.length > 0 && shareDone(second) >= wantedShare
  }
  const moments = [healedAt, ...later.map(({ startedAt }) => startedAt)]
  const wellFrom = moments.find((from) => from + windowMs <= endedAt && isWell(from))
  return wellFrom === undefined ? undefined : wellFrom - healedAt
}
