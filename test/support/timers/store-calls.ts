import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, vi } from 'vitest'

/** Fakes the timers in each test of a file, and collects the errors of its `store-failed` events. */
export function withFakeTimers(): readonly unknown[] {
  const failures: unknown[] = []
  const collect = (message: unknown): void => void failures.push((message as { error: unknown }).error)
  beforeEach(() => {
    vi.useFakeTimers()
    failures.length = 0
    subscribe('sessera:store-failed', collect)
  })
  afterEach(() => {
    unsubscribe('sessera:store-failed', collect)
    vi.useRealTimers()
  })
  return failures
}

export const never = (): Promise<never> => new Promise(() => {})

export const slow = <Value>(ms: number, value: Value): Promise<Value> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms, value)
  })

/** What a promise rejects with, at the latest after a deadline of 1000 ms. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = promise.then(
    () => 'no error',
    (error: unknown) => error,
  )
  // The deadline, and the last look before it counts.
  await vi.advanceTimersByTimeAsync(1_001)
  return outcome
}
