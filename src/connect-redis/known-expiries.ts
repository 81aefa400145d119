import { performance } from '../engine/timers.js'

// Together the two generations remember twice as many sessions, in about 3 MB.
const generationSize = 10_000
/** How long an expiry counts as known: this share of what was left then, and at most a minute. */
const knownShare = 1 / 20
const knownMs = 60_000

interface Expiry {
  /** By `performance.now()`. */
  readonly endsAt: number
  /** Until when it may be used. */
  readonly until: number
}

/**
 * When records expire, as far as this process has set it or been told. Saves asking the server with every read.
 *
 * Where another process has extended a record, what is known is too early: the record is at most touched once more than needed. Where
 * one has shortened it, that goes unnoticed for a minute, or a twentieth of its lifetime if that is less.
 */
export function knownExpiries(now: () => number = performance.now) {
  let recent = new Map<string, Expiry>()
  let older = new Map<string, Expiry>()

  function forget(key: string): void {
    recent.delete(key)
    older.delete(key)
  }

  return {
    /** When the record expires, by `performance.now()`; `undefined` if that must be asked for. */
    endOf(key: string): number | undefined {
      const known = recent.get(key) ?? older.get(key)
      return known !== undefined && now() < known.until ? known.endsAt : undefined
    },

    /** Notes that the record expires in `leftMs`, and returns when that is. */
    learn(key: string, leftMs: number): number {
      const learnedAt = now()
      const endsAt = learnedAt + leftMs
      older.delete(key)
      recent.set(key, { endsAt, until: learnedAt + Math.min(leftMs * knownShare, knownMs) })
      if (recent.size > generationSize) {
        older = recent
        recent = new Map()
      }
      return endsAt
    },

    forget,
  }
}
