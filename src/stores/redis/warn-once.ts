// Of the whole process: an application can have this module twice, by `import` and by `require`.
const symbol: unique symbol = Symbol.for('sessera.redis-warnings') as never
const shared = globalThis as { [symbol]?: Set<string> }
const told = (shared[symbol] ??= new Set())

/** Warns the process once of the same thing, however many stores and clients it has. */
export function warnOnce(warning: string, code: string): void {
  if (told.has(warning)) return
  told.add(warning)
  process.emitWarning(warning, { code })
}
