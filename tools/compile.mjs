// `npm run build`. The demo, the examples and many tests run the package as users get it. An outdated or half-written dist/ would show
// yesterday's code, so this knows when to build, and moves whole folders into place.
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePackages, exclusively } from './install.mjs'
import { root, runScript } from './run.mjs'

const tsc = ['node_modules/typescript/bin/tsc', '--noEmitOnError', '--project']
// Their packages may not be there: a test checks their types.
const frameworks = [...tsc, 'examples/frameworks', '--noCheck']
const rolldown = ['node_modules/rolldown/bin/cli.mjs', '--config', 'rolldown.config.mjs']
const settings = ['package.json', 'package-lock.json', 'rolldown.config.mjs', 'tsconfig.json', 'tsconfig.build.json']
const outputs = ['dist', 'build/examples', 'build/inputs', 'build/compiled', 'build/bundled']
const [dist, examples, stamp, compiled, bundled] = outputs.map((path) => join(root, path))

if (process.argv[1] === import.meta.filename) {
  await ensurePackages()
  const { ok, output } = await compile({ force: process.argv.includes('--force') })
  if (output) console.log(output)
  process.exitCode = ok ? 0 : 1
}

/** Builds dist/ and build/examples/ unless they are up to date, or always with `force`. Never throws for wrong code. */
export function compile({ force = false } = {}) {
  return exclusively(async () => {
    const state = ['src', 'examples', ...settings].map(fingerprint).join('')
    const isBuilt = [dist, examples, stamp].every((path) => existsSync(path))
    if (!force && isBuilt && readFileSync(stamp, 'utf8') === state) return { ok: true, output: '' }
    for (const path of [stamp, compiled, bundled]) rmSync(path, { recursive: true, force: true })
    for (const [script, ...args] of [[...tsc, 'tsconfig.build.json'], rolldown, [...tsc, 'examples'], frameworks]) {
      if (args.includes('examples')) replaceDist()
      const result = await runScript(script, args, { quiet: true, budgetSeconds: 90 })
      if (!result.ok) return result
    }
    writeFileSync(stamp, state)
    return { ok: true, output: 'Built dist/ and build/examples/.' }
  })
}

// In one step, so that nothing of a removed source stays and nobody sees half a build. The examples import what is in dist/.
function replaceDist() {
  for (const path of [dist, examples]) rmSync(path, { recursive: true, force: true })
  renameSync(bundled, dist)
}

// Names, times and sizes of files. Those of packages are not ours.
function fingerprint(path) {
  const stats = statSync(join(root, path))
  if (!stats.isDirectory()) return `${path} ${stats.mtimeMs} ${stats.size}\n`
  const names = readdirSync(join(root, path)).filter((name) => name !== 'node_modules')
  return names.map((name) => fingerprint(`${path}/${name}`)).join('')
}
