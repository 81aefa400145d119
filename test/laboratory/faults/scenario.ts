import type { LoadOptions } from './load.js'
import type { Result } from './run-scenario.js'
import type { Stage, StageOptions } from './stage.js'

/** Something that goes wrong while the load runs, and what may follow from it. */
export interface Scenario extends Pick<
  StageOptions,
  'settings' | 'startsWithoutRedis' | 'clocksAheadMs' | 'isBalanced'
> {
  /** As in `FT-5`. */
  readonly name: string
  /** What happens, in a few words. */
  readonly what: string
  /** Breaks something, waits, and heals it. May look at what becomes of visitors of its own. */
  inflict(stage: Stage): Promise<Observation | void>
  /** What may go wrong, as nobody could keep it from happening; everything else must be 0. */
  readonly allows?: readonly Wrong[]
  /** The slowest answer, beyond the deadline of 1 s and 200 ms; default 0. */
  readonly slowerByMs?: number
  /** How long after the healing everything must be well again; default 1500. */
  readonly recoveryMs?: number
  /** How long the load goes on after the fault; default 5000. */
  readonly afterwardsMs?: number
  readonly load?: Partial<LoadOptions>
  /** Whether the peers are put through it too. */
  readonly withPeers?: boolean
  /** What else is to be reported. */
  detail?(result: Result): string
  /** What else is promised for our own APIs: what is wrong with it, or nothing. */
  alsoPromises?(result: Result): string | undefined
}

/** What a scenario has seen by itself. */
export interface Observation {
  readonly inWords: string
  /** What of it is not as promised for our own APIs. */
  readonly broken: readonly string[]
}

/** What can go wrong. */
export type Wrong =
  | 'lost writes'
  | 'lost sessions'
  | 'false sign-ins'
  | 'undone sign-outs'
  | 'foreign sessions'
  | 'other statuses'
  | 'cookies with failures'
  | 'unanswered'
  | 'crashes'
  | 'unhandled rejections'
  | 'keys without expiry'
