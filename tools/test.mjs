// `npm test`: everything that CI does, also from a fresh clone, with one true sum at the end. `npm run check`: of that only what must
// hold besides the behaviour. A run of tests can go wrong without a failed test: it crashes, hangs, cannot load a file, leaves a
// process behind. All of that counts.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { ensureDebianPackages, searchPath } from './debian.mjs'
import { ensurePackages } from './install.mjs'
import { endLeftovers, root, runScript } from './run.mjs'

const checks = {
  build: 'tools/compile.mjs',
  types: 'node_modules/typescript/bin/tsc -p tsconfig.json --noEmit',
  lint: 'node_modules/oxlint/bin/oxlint --type-aware --deny-warnings --report-unused-disable-directives',
  format: 'node_modules/oxfmt/bin/oxfmt --check',
  'unused code': 'node_modules/knip/bin/knip.js --no-progress',
  repository: `node_modules/vitest/vitest.mjs run --project=repository --allowOnly=false`,
}
const budgets = process.argv.includes('--checks-only') ? {} : { src: 120, test: 840 } // seconds

await ensurePackages()
process.chdir(root)
const missing = Object.keys(budgets).length > 0 ? await ensureDebianPackages() : []
const results = []
for (const name of Object.keys(checks)) results.push(await runCheck(name))
for (const folder of Object.keys(budgets)) results.push(await runTests(folder))

console.log()
const skips = results.flatMap(({ skipped = {} }) => Object.entries(skipped))
for (const [reason, count] of skips) console.log(`Skipped ${count}: ${reason}`)
const passed = add(results.map((result) => result.passed))
// In CI nothing may be missing: a skipped test would look like a passed one.
const failed = add(results.map((result) => result.failed)) + (process.env.CI ? missing.length : 0)
console.log(`${passed} passed, ${failed} failed, ${add(skips.map(([, count]) => count))} skipped`)
process.exitCode = failed > 0 ? 1 : 0

async function runCheck(name) {
  const started = performance.now()
  const [script, ...args] = checks[name].split(' ')
  const { ok, output } = await runScript(script, args, { quiet: true, budgetSeconds: 300 })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`check ${name.padEnd(11)} ${ok ? 'ok' : 'failed'} (${seconds} s)`)
  if (!ok) console.log(output)
  return { passed: Number(ok), failed: Number(!ok) }
}

async function runTests(folder) {
  const [report, budgetSeconds] = [`build/tests-${folder}.json`, budgets[folder]]
  rmSync(report, { force: true })
  console.log(`\nTests of ${folder}/ (at most ${budgetSeconds} s)`)
  const reporters = ['--reporter=default', '--reporter=./test/support/counting-reporter.ts', '--hideSkippedTests']
  const args = ['run', `${folder}/`, '--project=!repository', '--allowOnly=false', ...reporters]
  const settings = { SESSERA_TEST_COUNTS: report, SESSERA_MISSING_PROGRAMS: missing.join(' ') }
  const env = { ...process.env, ...settings, PATH: searchPath }
  const { ok, pid } = await runScript('node_modules/vitest/vitest.mjs', args, { env, budgetSeconds })

  const left = await endLeftovers(pid)
  for (const name of left) console.log(`Left behind by the tests, now ended: ${name}`)
  // Without a report nothing has passed; the exit code says the rest.
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : { passed: 0, failed: 0 }
  const failures = (ok ? counts.failed : Math.max(counts.failed, 1)) + left.length
  console.log(`Tests of ${folder}/: ${counts.passed} passed, ${failures} failed`)
  return { ...counts, failed: failures }
}

function add(counts) {
  return counts.reduce((sum, count) => sum + count, 0)
}
