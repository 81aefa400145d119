/** A clock that stands still until `advance` is called. */
export interface FakeClock {
  /** Milliseconds since the epoch. Needs no `this`: `memoryStore({ now: clock.now })`. */
  readonly now: () => number
  /** Moves the clock forward. Throws a `RangeError` if `ms` is negative or `NaN`. */
  readonly advance: (ms: number) => void
}

/** Creates a clock that shows `start`, in ms since the epoch. Default: 1 January 2030. */
export function fakeClock(start: number = Date.UTC(2030, 0, 1)): FakeClock {
  let time = start
  return {
    now: () => time,
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`A clock only moves forward; it cannot advance by ${ms} ms.`)
      time += ms
    },
  }
}
