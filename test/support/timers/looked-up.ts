import type * as real from '../../../src/engine/timers.js'

/**
 * What a test puts in the place of src/engine/timers.ts, for fake timers to move the code itself, which else takes the real ones when it is
 * loaded: `vi.mock(import('../../../src/engine/timers.js'), () => import('./looked-up.js'))`.
 */
type Timers = typeof real

const lookedUp = <Name extends 'setTimeout' | 'clearTimeout' | 'setInterval' | 'clearInterval' | 'setImmediate'>(
  name: Name,
) => ((...values: never[]) => Reflect.apply(globalThis[name], undefined, values) as unknown) as Timers[Name]

export const setTimeout = lookedUp('setTimeout')
export const clearTimeout = lookedUp('clearTimeout')
export const setInterval = lookedUp('setInterval')
export const clearInterval = lookedUp('clearInterval')
export const setImmediate = lookedUp('setImmediate')
export const nextTick: Timers['nextTick'] = (callback, ...values) => process.nextTick(callback, ...values)
export const performance: Timers['performance'] = { now: () => globalThis.performance.now() }
export const sleep: Timers['sleep'] = (ms) => new Promise((resolve) => void globalThis.setTimeout(resolve, ms))
