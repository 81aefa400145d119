/** Whether it is a promise of any kind. Not by `instanceof`: an application may have replaced the global class. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function'
}
