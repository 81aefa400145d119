import { onTestFinished } from 'vitest'

/** Collects what rejects without a handler until the test is over. */
export function recordUnhandledRejections(): readonly unknown[] {
  const reasons: unknown[] = []
  const collect = (reason: unknown): void => void reasons.push(reason)
  process.on('unhandledRejection', collect)
  onTestFinished(() => void process.off('unhandledRejection', collect))
  return reasons
}
