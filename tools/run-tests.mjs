// A test run can go wrong without a failed test: it crashes, hangs, cannot load a file, leaves a process behind. All of that
// must count, or the sum at the end would not be true.
import { readFileSync, rmSync } from 'node:fs'
import { reportVariable } from './count-tests.mjs'
import { searchPath } from './debian.mjs'
import { endLeftovers, mark } from './leftovers.mjs'
import { runScript } from './run.mjs'

/**
 * Runs the tests of a folder, except for the files in `exclude`. Answers how many passed and failed, and how many were skipped for
 * which reason.
 */
export async function runTests({ name, folder, budgetSeconds, exclude }) {
  const report = `build/tests-${folder}.json`
  rmSync(report, { force: true })
  console.log(`\nTests ${name} (${folder}/, at most ${budgetSeconds} s)`)
  const started = performance.now()
  const reporters = ['--reporter=default', '--reporter=./tools/count-tests.mjs', '--hideSkippedTests']
  const args = ['run', `${folder}/`, '--allowOnly=false', ...reporters, ...exclude.map((file) => `--exclude=${file}`)]
  const env = { ...process.env, PATH: searchPath, [mark.name]: mark.value, [reportVariable]: report }
  const { ok, pid } = await runScript('node_modules/vitest/vitest.mjs', args, { env, budgetSeconds })

  const { passed, failed, skipped } = readReport(report)
  const left = await endLeftovers(pid)
  for (const leftover of left) console.log(`Left behind by the tests, now ended: ${leftover}`)
  const failures = (ok ? failed : Math.max(failed, 1)) + left.length
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(`Tests ${name}: ${passed} passed, ${failures} failed in ${seconds} s`)
  return { passed, failed: failures, skipped }
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // Without a report nothing has passed; the run's exit code tells the rest.
    return { passed: 0, failed: 0, skipped: {} }
  }
}
