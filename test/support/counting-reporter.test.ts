import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runToEnd } from './application.js'

const root = join(import.meta.dirname, '../..')

/** What is counted of a run over these files of tests. */
async function count(files: Readonly<Record<string, string>>): Promise<unknown> {
  mkdirSync(join(root, 'build'), { recursive: true })
  const folder = mkdtempSync(join(root, 'build/counted-')) // here, where vitest is found
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, code] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), `import { describe, expect, it } from 'vitest'\n${code}`)
  }
  const report = join(folder, 'counts.json')
  const reporter = `--reporter=${join(root, 'test/support/counting-reporter.ts')}`
  const program = join(root, 'node_modules/vitest/vitest.mjs')
  await runToEnd([program, 'run', '--root', folder, '--config', 'none.mjs', reporter], { SESSERA_TEST_COUNTS: report })
  return JSON.parse(readFileSync(report, 'utf8'))
}

it('counts what passed and failed, files that cannot be loaded too, and skipped tests by their reason', async () => {
  const counted = await count({
    'none.mjs': 'export default {}',
    'one.test.js': `
      it('passes', () => {})
      it('fails', () => expect(1).toBe(2))
      it.skip('no (skipped: no moon)', () => {})
      it('no', ({ skip }) => skip('no moon'))
      describe.skip('block (skipped: no sun)', () => { it('one', () => {}); describe('inner', () => { it('two', () => {}) }) })
      it.todo('later')`,
    'two.test.js': "throw new Error('cannot be loaded')",
  })
  expect(counted).toEqual({
    passed: 1,
    failed: 2,
    skipped: { 'no moon': 2, 'no sun': 2, 'one.test.js says why, above': 1 },
  })
}, 60_000)
