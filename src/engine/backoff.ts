import { StoreUnavailableError } from '../errors.js'
import { setImmediate, sleep } from './timers.js'

const quickTries = 8
const longestPauseMs = 50

/**
 * Waits before the next try at compare-and-set. The first tries wait for one turn of the event loop, so that the deadline's timer can
 * fire. Later ones wait for longer and longer random times, so that backends that write to one session get out of each other's way.
 */
export async function backOff(tries: number): Promise<void> {
  if (tries < quickTries) await new Promise((resolve) => setImmediate(resolve))
  else await sleep(Math.random() * Math.min(2 ** (tries - quickTries + 1), longestPauseMs))
}

const freeMarks = 800
const mostMarks = 1_600

/**
 * Slows down the writers of a session whose record carries the marks of very many recent writes: no mark may be dropped yet, and the
 * record must not grow without bound. `undefined` if there is nothing to wait for. Throws `StoreUnavailableError` past the limit.
 */
export function throttle(marks: number): Promise<void> | undefined {
  if (marks < freeMarks) return undefined
  if (marks < mostMarks) return sleep((marks - freeMarks) / 10)
  throw new StoreUnavailableError(
    'This session is changed too often; keep what changes hundreds of times a second elsewhere.',
  )
}
