// A test run can go wrong without a failed test: it crashes, hangs, cannot load a file, leaves a process behind. All of that
// must count, or the sum at the end would not be true.
import { readFileSync, rmSync } from 'node:fs'
import { searchPath } from './debian.mjs'
import { endLeftovers, mark } from './leftovers.mjs'
import { runScript } from './run.mjs'

/** Runs the tests of a folder, except for the files in `exclude`. Answers how many passed and failed, and which were skipped. */
export async function runTests({ name, folder, budgetSeconds, exclude }) {
  const report = `build/tests-${folder}.json`
  rmSync(report, { force: true })
  console.log(`\nTests ${name} (${folder}/, at most ${budgetSeconds} s)`)
  const started = performance.now()
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const args = ['run', `${folder}/`, '--allowOnly=false', ...reporters, ...exclude.map((file) => `--exclude=${file}`)]
  const env = { ...process.env, PATH: searchPath, [mark.name]: mark.value }
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
  let files = []
  try {
    files = JSON.parse(readFileSync(path, 'utf8')).testResults
  } catch {
    // Without a report nothing has passed; the run's exit code tells the rest.
  }
  const tests = files.flatMap(({ assertionResults }) => assertionResults)
  const withStatus = (...wanted) => tests.filter(({ status }) => wanted.includes(status))
  // A file that could not be loaded has failed although none of its tests did.
  const failedFiles = files.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  return {
    passed: withStatus('passed').length,
    failed: withStatus('failed').length + failedFiles.length,
    skipped: withStatus('skipped', 'pending', 'todo').map(({ fullName }) => fullName),
  }
}
