// A reporter for vitest that counts: what passed and failed, and what was skipped for which reason. A list of every skipped
// test would be too long for anybody to read, and a bare number would hide that a whole part was left out.
import { writeFileSync } from 'node:fs'

/** Where the counts go, as JSON, is named by this variable of the environment. */
export const reportVariable = 'SESSERA_TEST_COUNTS'

// oxlint-disable-next-line import/no-default-export -- it is how vitest loads a reporter
export default class CountingReporter {
  onTestRunEnd(modules) {
    const counts = { passed: 0, failed: 0, skipped: {} }
    for (const module of modules) {
      let failedHere = 0
      for (const test of module.children.allTests()) {
        const { state, note } = test.result()
        if (state === 'passed') counts.passed++
        else if (state === 'failed') failedHere++
        else {
          const reason = note ?? reasonInNames(test) ?? `${module.relativeModuleId} says why, above`
          counts.skipped[reason] = (counts.skipped[reason] ?? 0) + 1
        }
      }
      // A file that could not be loaded has failed although none of its tests did.
      counts.failed += module.state() === 'failed' ? Math.max(failedHere, 1) : failedHere
    }
    writeFileSync(process.env[reportVariable], JSON.stringify(counts))
  }
}

/** What a skipped test, or a block that it stands in, says at the end of its name: `… (skipped: reason)`. */
function reasonInNames(test) {
  for (let place = test; place?.name !== undefined; place = place.parent) {
    const reason = /\(skipped: (.+)\)$/s.exec(place.name)?.[1]
    if (reason !== undefined) return reason
  }
  return undefined
}
