import { cachingCases } from './adapter-cases/caching.js'
import { failingCases } from './adapter-cases/failing.js'
import { firstByteCases } from './adapter-cases/first-byte.js'
import { racingCases } from './adapter-cases/racing.js'
import { renewingCases } from './adapter-cases/renewing.js'
import { signingCases } from './adapter-cases/signing.js'
import { storingCases } from './adapter-cases/storing.js'
import type { AdapterHarness } from './adapter-harness.js'
import { type ConformanceCase, hangCases, type TestRunner } from './case.js'

/** All cases for an adapter, as data, for a runner of one's own. Most tests are better served by `describeAdapter`. */
export function adapterCases(harness: AdapterHarness): ConformanceCase[] {
  return [storingCases, signingCases, racingCases, renewingCases, firstByteCases, failingCases, cachingCases].flatMap(
    (casesOfGroup) => casesOfGroup(harness),
  )
}

/**
 * Hangs the conformance suite for adapters into a test runner: `describeAdapter({ describe, it }, 'my adapter', harness)`. It
 * talks to the adapter by HTTP, as browsers do, over a store that it can watch, hold and switch off.
 */
export function describeAdapter(runner: TestRunner, name: string, harness: AdapterHarness): void {
  hangCases(runner, name, adapterCases(harness))
}
