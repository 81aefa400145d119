import { createHook } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What a backend knows of itself. */
export interface Figures {
  /** Timers that are set, whether or not they keep the process running. 0 unless they are counted. */
  readonly timers: number
  readonly heapBytes: number
  readonly residentBytes: number
  /** CPU time since the start, in µs. */
  readonly processorTimeUs: number
}

/** What the process knows of itself, after it has collected garbage. Counting timers makes it slower, and must begin before they are set. */
export function figuresOf(countsTimers: boolean): () => Promise<Figures> {
  const timers = new Set<number>()
  const init = (id: number, type: string): void => void (type === 'Timeout' && timers.add(id))
  if (countsTimers) createHook({ init, destroy: (id) => void timers.delete(id) }).enable()
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void

  return async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      collect()
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { heapUsed, external, rss } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    return {
      timers: timers.size,
      heapBytes: heapUsed + external,
      residentBytes: rss,
      processorTimeUs: user + system,
    }
  }
}
