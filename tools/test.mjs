// `npm test`: everything that CI does, also from a fresh clone, with one true sum at the end.
import { readdirSync, readFileSync } from 'node:fs'
import { runChecks } from './checks.mjs'
import { ensureDebianPackages } from './debian.mjs'
import { ensurePackages } from './install.mjs'
import { root } from './run.mjs'
import { runTests } from './run-tests.mjs'

const parts = [
  { name: 'beside the sources', folder: 'src', budgetSeconds: 180 },
  { name: 'across files and processes', folder: 'test', budgetSeconds: 840 },
]

await ensurePackages()
process.chdir(root)
const missing = await ensureDebianPackages()
// By its file, so that one that needs two commands counts once.
const leftOut = new Map(missing.flatMap(findTests))
const results = [await runChecks()]
for (const part of parts) {
  results.push(await runTests({ ...part, exclude: [...leftOut.keys()] }))
}

const skipped = new Map()
for (const result of results) {
  for (const [reason, count] of Object.entries(result.skipped ?? {})) skip(reason, count)
}
for (const command of leftOut.values()) skip(`whole files of tests, as ${command} is not installed`, 1)

console.log()
for (const [reason, count] of skipped) console.log(`Skipped ${count}: ${reason}`)
// In CI nothing may be missing: a skipped test would look like a passed one.
const failed = add('failed') + (process.env.CI ? missing.length : 0)
const total = [...skipped.values()].reduce((sum, count) => sum + count, 0)
console.log(`${add('passed')} passed, ${failed} failed, ${total} skipped`)
process.exitCode = failed > 0 ? 1 : 0

function add(count) {
  return results.reduce((sum, result) => sum + result[count], 0)
}

function skip(reason, count) {
  skipped.set(reason, (skipped.get(reason) ?? 0) + count)
}

function findTests({ command, neededBy }) {
  const files = readdirSync('test', { recursive: true }).map((path) => `test/${path}`)
  const tests = files.filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules'))
  const needing = tests.filter((file) => neededBy.test(file) || neededBy.test(readFileSync(file, 'utf8')))
  return needing.map((file) => [file, command])
}
