// `npm run check`: what must hold besides the behaviour. `npm test` does the same, so that what passes at home passes in CI.
import { compile } from './compile.mjs'
import { ensurePackages } from './install.mjs'
import { runScript } from './run.mjs'

const script =
  (path, ...args) =>
  () =>
    runScript(`node_modules/${path}`, args, { quiet: true, budgetSeconds: 300 })

/** The tests of the repository itself: docs, links, lock files, the package. */
export const repositoryTests = 'test/repository/'

const checks = {
  build: () => compile(),
  types: script('typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit'),
  lint: script('oxlint/bin/oxlint', '--type-aware', '--deny-warnings', '--report-unused-disable-directives'),
  format: script('oxfmt/bin/oxfmt', '--check'),
  'unused code': script('knip/bin/knip.js', '--no-progress'),
  repository: script('vitest/vitest.mjs', 'run', repositoryTests, '--allowOnly=false'),
}

if (process.argv[1] === import.meta.filename) {
  await ensurePackages()
  process.exitCode = (await runChecks()).failed > 0 ? 1 : 0
}

/** Runs them all, one line each; shows the output of those that fail. */
export async function runChecks() {
  const counts = { passed: 0, failed: 0 }
  for (const [name, check] of Object.entries(checks)) {
    const started = performance.now()
    const { ok, output } = await check()
    counts[ok ? 'passed' : 'failed']++
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`check ${name.padEnd(11)} ${ok ? 'ok' : 'failed'} (${seconds} s)`)
    if (!ok) console.log(output)
  }
  return counts
}
