/** A clock that stands still until it is told to move. */
export interface FakeClock {
  /** Milliseconds since the epoch. Can be handed on by itself: `memoryStore({ now: clock.now })`. */
  readonly now: () => number
  /** Lets `ms` milliseconds pass at once. A clock never goes back: throws a `RangeError` for less than 0. */
  readonly advance: (ms: number) => void
}

/** Makes a clock that shows `start`, in milliseconds since the epoch (by default 1 January 2030), and then only moves by `advance`. */
export function fakeClock(start: number = Date.UTC(2030, 0, 1)): FakeClock {
  let time = start
  return {
    now: () => time,
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`A clock moves forward only; it was told to advance by ${ms} ms.`)
      time += ms
    },
  }
}
