// Process-wide: an application can have this module twice, by `import` and by `require`.
const symbol: unique symbol = Symbol.for('sessera.redis-warnings') as never
const shared = globalThis as { [symbol]?: Set<string> }
const emitted = (shared[symbol] ??= new Set())

/** Emits a process warning, but each text only once, however many stores and clients there are. */
export function warnOnce(warning: string, code: string): void {
  if (emitted.has(warning)) return
  emitted.add(warning)
  process.emitWarning(warning, { code })
}
