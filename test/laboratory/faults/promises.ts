import type { Result } from './run-scenario.js'
import type { Wrong } from './scenario.js'

/** The deadline of both APIs, and what an answer may take beyond it. */
const deadlineMs = 1000
const marginMs = 200
const recoveryMs = 1500

/** What of the promises did not hold, in words; for what is not ours nothing is promised. */
export function brokenPromises(result: Result): string[] {
  const { scenario, latency, loopDelayMs, wrongs } = result
  const { allows = [], slowerByMs = 0 } = scenario
  const broken: string[] = []
  for (const [wrong, count] of Object.entries(wrongs) as [Wrong, number][]) {
    if (count > 0 && !allows.includes(wrong)) broken.push(`${count} ${wrong}`)
  }
  // What the machine itself was late by, busy with all the processes, is nobody's promise.
  const slowestAllowed = deadlineMs + marginMs + slowerByMs + loopDelayMs
  if (latency.slowest > slowestAllowed) broken.push(`slowest answer above ${Math.round(slowestAllowed)} ms`)
  const recoveryAllowed = scenario.recoveryMs ?? recoveryMs
  if (result.recoveryMs === undefined || result.recoveryMs > recoveryAllowed) {
    broken.push(`recovery above ${recoveryAllowed} ms`)
  }
  const more = scenario.alsoPromises?.(result)
  return [...broken, ...(result.observed?.broken ?? []), ...(more === undefined ? [] : [more])]
}
