// What must hold besides the tests. `npm run check` and `npm test` share this list, so that what passes at home passes in CI.
import { compile } from './compile.mjs'
import { runScript } from './run.mjs'

const script =
  (path, ...args) =>
  () =>
    runScript(path, args, { quiet: true, budgetSeconds: 300 })

const checks = [
  ['build', compile],
  ['types', script('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit')],
  [
    'lint',
    script('node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings', '--report-unused-disable-directives'),
  ],
  ['format', script('node_modules/oxfmt/bin/oxfmt', '--check')],
  ['unused code', script('node_modules/knip/bin/knip.js', '--no-progress')],
  ['docs', script('tools/docs.mjs')],
  ['links', script('tools/links.mjs')],
  // Single-threaded, as Node may else wait for V8's threads for ever when it exits (nodejs/node#54918): 1 of 80 runs did.
  ['exports', script('--single-threaded', 'tools/exports.mjs')],
  ['packaging', script('tools/package.mjs'), { isShown: true }],
  ['lockfiles', script('tools/lockfile.mjs')],
]

/** Runs them all, one line each; shows the output of those that fail, or have something to tell. */
export async function runChecks() {
  const counts = { passed: 0, failed: 0 }
  for (const [name, check, { isShown = false } = {}] of checks) {
    const started = performance.now()
    const { ok, output } = await check()
    counts[ok ? 'passed' : 'failed']++
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`check ${name.padEnd(11)} ${ok ? 'ok' : 'failed'} (${seconds} s)`)
    if (!ok || isShown) console.log(output)
  }
  return counts
}
