import { performance, setImmediate, setTimeout } from './timers.js'

type Report = (error: unknown) => void

interface Shared {
  /** By error: the functions to call if it is not handled, each once. */
  readonly reports: WeakMap<object, Report[]>
  watchedUntil: number
  isWatching: boolean
}

// Shared by the whole process: an application can have this module twice, by `import` and by `require`.
const symbol: unique symbol = Symbol.for('sessera.unhandled-errors') as never
const shared = ((globalThis as { [symbol]?: Shared })[symbol] ??= {
  reports: new WeakMap(),
  watchedUntil: 0,
  isWatching: false,
})

// A handler may do other things for this long before it rejects with an error that it got from us.
const watchMs = 30_000

/**
 * Calls `report` when a promise rejects with this error and nobody handles it, instead of letting the process end. This happens
 * when a handler awaits something that fails in a framework that ignores its handlers' promises, such as Express 4. Other unhandled
 * rejections end the process as usual.
 */
export function reportUnhandled(error: unknown, report: Report): void {
  if (typeof error !== 'object' || error === null) return
  const reports = shared.reports.get(error) ?? []
  reports.push(report)
  shared.reports.set(error, reports)
  shared.watchedUntil = performance.now() + watchMs
  if (shared.isWatching) return
  shared.isWatching = true
  process.on('unhandledRejection', onUnhandledRejection)
  setTimeout(endWatch, watchMs).unref()
}

function endWatch(): void {
  const leftMs = shared.watchedUntil - performance.now()
  if (leftMs > 0) return void setTimeout(endWatch, leftMs).unref()
  shared.isWatching = false
  process.off('unhandledRejection', onUnhandledRejection)
}

function onUnhandledRejection(reason: unknown): void {
  const reports = typeof reason === 'object' && reason !== null ? shared.reports.get(reason) : undefined
  if (reports !== undefined) reports.shift()?.(reason)
  else if (process.listenerCount('unhandledRejection') === 1) setImmediate(rejectWithoutUs, reason)
}

/** Rejects once more while we do not listen, so that Node handles it as the application configured it. */
function rejectWithoutUs(reason: unknown): void {
  process.off('unhandledRejection', onUnhandledRejection)
  void Promise.reject(reason)
  setImmediate(() => {
    if (shared.isWatching) process.on('unhandledRejection', onUnhandledRejection)
  })
}
