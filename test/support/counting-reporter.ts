import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'

/**
 * Counts what passed and failed, and what was skipped for which reason: a list of every skipped test would be too long to read, and a
 * bare number would hide that a whole part was left out. Writes to the file that `SESSERA_TEST_COUNTS` names.
 */
// oxlint-disable-next-line import/no-default-export -- it is how vitest loads a reporter
export default class CountingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: {} as Record<string, number> }
    for (const module of modules) {
      const states = { passed: 0, failed: 0 }
      for (const test of module.children.allTests()) {
        const result = test.result()
        if (result.state === 'passed' || result.state === 'failed') {
          states[result.state]++
          continue
        }
        const note = result.state === 'skipped' ? result.note : undefined
        const reason = note ?? reasonInNames(test) ?? `${module.relativeModuleId} says why, above`
        counts.skipped[reason] = (counts.skipped[reason] ?? 0) + 1
      }
      counts.passed += states.passed
      // A file that could not be loaded has failed although none of its tests did.
      counts.failed += module.state() === 'failed' ? Math.max(states.failed, 1) : states.failed
    }
    writeFileSync(process.env['SESSERA_TEST_COUNTS'] ?? 'build/tests.json', JSON.stringify(counts))
  }
}

/** The reason that a skipped test, or a block around it, gives at the end of its name: `… (skipped: reason)`. */
function reasonInNames(item: TestCase | TestSuite | TestModule): string | undefined {
  if (item.type === 'module') return undefined
  return /\(skipped: (.+)\)$/s.exec(item.name)?.[1] ?? reasonInNames(item.parent)
}
