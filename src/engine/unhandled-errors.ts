import { performance, setImmediate, setTimeout } from './timers.js'

type Tell = (error: unknown) => void

interface Shared {
  /** Whom to tell of an error, each once. */
  readonly tellers: WeakMap<object, Tell[]>
  watchedUntil: number
  isWatching: boolean
}

// Of the whole process: an application can have this module twice, by `import` and by `require`.
const symbol: unique symbol = Symbol.for('sessera.lost-errors') as never
const shared = ((globalThis as { [symbol]?: Shared })[symbol] ??= {
  tellers: new WeakMap(),
  watchedUntil: 0,
  isWatching: false,
})

// For so long a handler may do other things before it fails on an error that it was given.
const watchMs = 30_000

/**
 * Where a promise rejects with this error and nobody handles that, tells so, instead of letting the process end: a handler that waits
 * for what fails, in a framework that does not look at its handlers' promises, as Express 4. Errors of others end the process as ever.
 */
export function tellWhenLost(error: unknown, tell: Tell): void {
  if (typeof error !== 'object' || error === null) return
  const tellers = shared.tellers.get(error) ?? []
  tellers.push(tell)
  shared.tellers.set(error, tellers)
  shared.watchedUntil = performance.now() + watchMs
  if (shared.isWatching) return
  shared.isWatching = true
  process.on('unhandledRejection', hear)
  setTimeout(endWatch, watchMs).unref()
}

function endWatch(): void {
  const leftMs = shared.watchedUntil - performance.now()
  if (leftMs > 0) return void setTimeout(endWatch, leftMs).unref()
  shared.isWatching = false
  process.off('unhandledRejection', hear)
}

function hear(reason: unknown): void {
  const tellers = typeof reason === 'object' && reason !== null ? shared.tellers.get(reason) : undefined
  if (tellers !== undefined) tellers.shift()?.(reason)
  else if (process.listenerCount('unhandledRejection') === 1) setImmediate(rejectWithoutUs, reason)
}

/** By a rejection that Node itself deals with, as it was told to. */
function rejectWithoutUs(reason: unknown): void {
  process.off('unhandledRejection', hear)
  void Promise.reject(reason)
  setImmediate(() => {
    if (shared.isWatching) process.on('unhandledRejection', hear)
  })
}
