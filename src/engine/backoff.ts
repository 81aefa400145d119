import { StoreUnavailableError } from '../errors.js'
import { setImmediate, sleep } from './timers.js'

const quickTries = 8
const longestPauseMs = 50

/**
 * Waits before another try at compare-and-set: one turn of the event loop, so that the deadline's timer has its turn, too. Where it
 * was in vain many times, longer and longer and by chance, so that backends that write to one session get out of each other's way.
 */
export async function pauseAfter(tries: number): Promise<void> {
  if (tries < quickTries) await new Promise((resolve) => setImmediate(resolve))
  else await sleep(Math.random() * Math.min(2 ** (tries - quickTries + 1), longestPauseMs))
}

const freeMarks = 800
const mostMarks = 1_600

/**
 * Slows the writers of one session down where its record carries the marks of so many recent writes: none of them may be forgotten
 * yet, and the record must not grow without bound. `undefined` where there is nothing to wait for.
 */
export function paceFor(marks: number): Promise<void> | undefined {
  if (marks < freeMarks) return undefined
  if (marks < mostMarks) return sleep((marks - freeMarks) / 10)
  throw new StoreUnavailableError(
    'This session is changed too often; keep what changes hundreds of times a second elsewhere.',
  )
}
