// The demo, the examples and many tests run the package as users get it. An outdated or half-written dist/ would show yesterday's code,
// so this knows when to build, and swaps whole folders in. `npm run build` builds always.
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePackages, exclusively } from './install.mjs'
import { root, runScript } from './run.mjs'

const tsc = 'node_modules/typescript/bin/tsc'
const inputs = [
  'src',
  'examples',
  'tools/bundle.mjs',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
]
const inBuild = (name) => join(root, 'build', name)
const [stamp, compiled, bundled] = ['inputs', 'compiled', 'bundled'].map(inBuild)

if (process.argv[1] === import.meta.filename) {
  await ensurePackages()
  const { ok, output } = await compile({ force: process.argv.includes('--force') })
  if (output) console.log(output)
  process.exitCode = ok ? 0 : 1
}

/** Builds dist/ and build/examples/ unless they are what the sources say, or always with `force`. Never throws for wrong code. */
export function compile({ force = false } = {}) {
  return exclusively(async () => {
    const state = inputs.map(fingerprint).join('')
    const isBuilt = ['dist', 'build/examples', 'build/inputs'].every((path) => existsSync(join(root, path)))
    if (!force && isBuilt && readFileSync(stamp, 'utf8') === state) return { ok: true, output: '' }
    const started = performance.now()
    for (const path of [stamp, compiled, bundled]) rmSync(path, { recursive: true, force: true })
    const steps = [
      [tsc, '-p', 'tsconfig.build.json', '--noEmitOnError', '--outDir', compiled],
      ['tools/bundle.mjs', compiled, bundled],
      // These import the package by its name, and so what is in dist/.
      [tsc, '-p', 'examples', '--noEmitOnError', '--outDir', inBuild('examples')],
    ]
    for (const [script, ...args] of steps) {
      if (args.includes('examples')) replaceFolders()
      const result = await runScript(script, args, { quiet: true })
      if (!result.ok) return result
    }
    writeFileSync(stamp, state)
    const count = readdirSync(join(root, 'dist'), { recursive: true }).length
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    return { ok: true, output: `Built dist/ (${count} files and folders) and build/examples/ in ${seconds} s.` }
  })
}

// At once, so that nothing of a removed source stays and nobody sees half a build.
function replaceFolders() {
  for (const path of [join(root, 'dist'), inBuild('examples')]) rmSync(path, { recursive: true, force: true })
  renameSync(bundled, join(root, 'dist'))
}

// Names, times and sizes, of folders too: a removed file and an older one that came back are changes as well.
function fingerprint(path) {
  const stats = statSync(join(root, path))
  const inside = stats.isDirectory() ? readdirSync(join(root, path)).map((name) => fingerprint(`${path}/${name}`)) : []
  return [`${path} ${stats.mtimeMs} ${stats.size}\n`, ...inside].join('')
}
