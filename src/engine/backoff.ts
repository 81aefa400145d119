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
