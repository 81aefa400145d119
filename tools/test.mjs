// `npm test`: everything that CI does, also from a fresh clone, with one true sum at the end. A run of tests can go wrong without a
// failed test: it crashes, hangs, cannot load a file, leaves a process behind. All of that counts.
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { repositoryTests, runChecks } from './check.mjs'
import { ensureDebianPackages, needs, searchPath } from './debian.mjs'
import { ensurePackages } from './install.mjs'
import { endLeftovers, mark } from './leftovers.mjs'
import { root, runScript } from './run.mjs'

const budgets = { src: 180, test: 840 }

await ensurePackages()
process.chdir(root)
const missing = await ensureDebianPackages()
const files = readdirSync('test', { recursive: true }).map((path) => `test/${path}`)
const tests = files.filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules'))
const skipped = new Map()
const leftOut = tests.filter((file) => {
  const command = missing.find((name) => needs(file, name))
  if (command !== undefined) skip(`whole files of tests, as ${command} is not installed`, 1)
  return command !== undefined
})
const results = [await runChecks()]
for (const folder of Object.keys(budgets)) results.push(await runTests(folder))

console.log()
for (const [reason, count] of skipped) console.log(`Skipped ${count}: ${reason}`)
// In CI nothing may be missing: a skipped test would look like a passed one.
const failed = add(results.map((result) => result.failed)) + (process.env.CI ? missing.length : 0)
console.log(
  `${add(results.map(({ passed }) => passed))} passed, ${failed} failed, ${add([...skipped.values()])} skipped`,
)
process.exitCode = failed > 0 ? 1 : 0

async function runTests(folder) {
  const budgetSeconds = budgets[folder]
  const report = `build/tests-${folder}.json`
  rmSync(report, { force: true })
  console.log(`\nTests of ${folder}/ (at most ${budgetSeconds} s)`)
  const started = performance.now()
  const reporters = ['--reporter=default', '--reporter=./tools/count-tests.mjs', '--hideSkippedTests']
  const excluded = [`${repositoryTests}**`, ...leftOut].map((pattern) => `--exclude=${pattern}`)
  const args = ['run', `${folder}/`, '--allowOnly=false', ...reporters, ...excluded]
  const env = { ...process.env, ...mark, PATH: searchPath, SESSERA_TEST_COUNTS: report }
  const { ok, pid } = await runScript('node_modules/vitest/vitest.mjs', args, { env, budgetSeconds })

  const counts = readCounts(report)
  for (const [reason, count] of Object.entries(counts.skipped)) skip(reason, count)
  const left = await endLeftovers(pid)
  for (const name of left) console.log(`Left behind by the tests, now ended: ${name}`)
  const failures = (ok ? counts.failed : Math.max(counts.failed, 1)) + left.length
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(`Tests of ${folder}/: ${counts.passed} passed, ${failures} failed in ${seconds} s`)
  return { passed: counts.passed, failed: failures }
}

function readCounts(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // Without a report nothing has passed; the run's exit code says the rest.
    return { passed: 0, failed: 0, skipped: {} }
  }
}

function skip(reason, count) {
  skipped.set(reason, (skipped.get(reason) ?? 0) + count)
}

function add(counts) {
  return counts.reduce((sum, count) => sum + count, 0)
}
