import { onTestFinished, vi } from 'vitest'

const names = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'] as const

/** Until the test ends no global timer fires, as with the fake timers of any tool. `Date` goes on; so does `nextTick`, for Node itself. */
export function freezeTimers(): void {
  vi.useFakeTimers({ toFake: [...names, 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
}
