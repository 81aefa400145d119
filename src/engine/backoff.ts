import { StoreUnavailableError } from '../errors.js'
import { setImmediate, sleep } from './timers.js'

const immediateRetries = 8
const maxPauseMs = 50

/**
 * Waits before compare-and-set is tried again. The first retries wait for one turn of the event loop, so that the deadline's timer can
 * fire. Later ones wait for growing random times, so that backends writing to the same session spread out.
 */
export async function backOff(attempts: number): Promise<void> {
  if (attempts < immediateRetries) await new Promise((resolve) => setImmediate(resolve))
  else await sleep(Math.random() * Math.min(2 ** (attempts - immediateRetries + 1), maxPauseMs))
}

const unthrottledMarks = 800
const maxMarks = 1_600

/**
 * Slows down the writers of a session whose record carries the marks of very many recent writes: none of them may be dropped yet, and the
 * record must not grow without bound. `undefined` if there is nothing to wait for. Throws `StoreUnavailableError` past the limit.
 */
export function throttle(marks: number): Promise<void> | undefined {
  if (marks < unthrottledMarks) return undefined
  if (marks < maxMarks) return sleep((marks - unthrottledMarks) / 10)
  throw new StoreUnavailableError(
    'This session changes too often; keep values that change hundreds of times a second elsewhere.',
  )
}
