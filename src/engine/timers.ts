import * as timers from 'node:timers'

// Tests of applications put fake ones in the place of the global ones. What keeps time for a store that answers for real would stand
// still then, so that these are taken when the module is loaded. `Date` is not among them: tests move it to let sessions expire.

export const { setTimeout, setInterval, clearInterval, setImmediate } = timers

export const { nextTick } = process

/** Ms since some moment; only ever goes forward. */
export const performance = { now: globalThis.performance.now.bind(globalThis.performance) }

/** Resolves after this time. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms))
}
