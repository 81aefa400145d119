import { cachingCases } from './adapter-cases/caching.js'
import { costCases } from './adapter-cases/costs.js'
import { failingCases } from './adapter-cases/failing.js'
import { firstByteCases } from './adapter-cases/first-byte.js'
import { racingCases } from './adapter-cases/racing.js'
import { renewingCases } from './adapter-cases/renewing.js'
import { signingCases } from './adapter-cases/signing.js'
import { storingCases } from './adapter-cases/storing.js'
import type { AdapterHarness } from './adapter-harness.js'
import { type ConformanceCase, registerCases, type TestRunner } from './case.js'

/** All cases for an adapter, as data, for a test runner that `describeAdapter` does not fit. */
export function adapterCases(harness: AdapterHarness): ConformanceCase[] {
  return [
    storingCases,
    signingCases,
    racingCases,
    renewingCases,
    firstByteCases,
    failingCases,
    cachingCases,
    costCases,
  ].flatMap((casesOfGroup) => casesOfGroup(harness))
}

/**
 * Registers the conformance suite for adapters with a test runner: `describeAdapter({ describe, it }, 'my adapter', harness)`. It
 * sends the adapter HTTP requests, as browsers do, on a store that it can observe, hold and make fail.
 */
export function describeAdapter(runner: TestRunner, name: string, harness: AdapterHarness): void {
  registerCases(runner, name, adapterCases(harness))
}
