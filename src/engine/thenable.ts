/** Whether it is a promise of whatever make. Not by `instanceof`: an application may have put another class in the place of the global one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function'
}
