// A reporter for vitest that counts: what passed and failed, and what was skipped for which reason. A list of every skipped test would
// be too long for anybody to read, and a bare number would hide that a whole part was left out.
import { writeFileSync } from 'node:fs'

// oxlint-disable-next-line import/no-default-export -- it is how vitest loads a reporter
export default class CountingReporter {
  onTestRunEnd(modules) {
    const counts = { passed: 0, failed: 0, skipped: {} }
    for (const module of modules) {
      const tests = [...module.children.allTests()].map((test) => ({ test, ...test.result() }))
      counts.passed += tests.filter(({ state }) => state === 'passed').length
      // A file that could not be loaded has failed although none of its tests did.
      const failed = tests.filter(({ state }) => state === 'failed').length
      counts.failed += module.state() === 'failed' ? Math.max(failed, 1) : failed
      for (const { test, state, note } of tests) {
        if (state === 'passed' || state === 'failed') continue
        const reason = note ?? reasonInNames(test) ?? `${module.relativeModuleId} says why, above`
        counts.skipped[reason] = (counts.skipped[reason] ?? 0) + 1
      }
    }
    writeFileSync(process.env.SESSERA_TEST_COUNTS, JSON.stringify(counts))
  }
}

/** What a skipped test, or a block that it stands in, says at the end of its name: `… (skipped: reason)`. */
function reasonInNames(test) {
  const reason = /\(skipped: (.+)\)$/s.exec(test.name ?? '')?.[1]
  return reason ?? (test.parent && reasonInNames(test.parent))
}
