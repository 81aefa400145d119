import * as timers from 'node:timers'

// Applications' tests replace the global timers with fake ones, which would stop our deadlines while the store answers for real. So we
// take the real ones when this module loads. Not `Date`: tests move it to make sessions expire.

export const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = timers

export const { nextTick } = process

/** Milliseconds on a clock that never goes back. */
export const performance = { now: globalThis.performance.now.bind(globalThis.performance) }

/** Resolves after `ms` milliseconds. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms))
}
