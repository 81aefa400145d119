// The demo and the examples run what is built, as a user of the package would. An outdated or half-written dist/ would
// show yesterday's code, so this knows when to build, and swaps whole folders in.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exclusively } from './exclusively.mjs'
import { root, runScript } from './run.mjs'

// In this order: the examples import the package by its name, and so what stands in dist/.
const folders = [
  { folder: 'dist', project: 'tsconfig.build.json', isBundled: true },
  { folder: 'build/examples', project: 'examples/tsconfig.json', isBundled: false },
]
const configs = ['tsconfig.json', 'tsconfig.build.json', 'tools/bundle.mjs']
const inputs = ['src', 'examples', 'package.json', 'package-lock.json', ...configs]
const stamp = join(root, 'build/inputs')

/** Builds dist/ and build/examples/ unless they are what the sources say, or always with `force`. Never throws for wrong code. */
export function compile({ force = false } = {}) {
  return exclusively(async () => {
    const state = inputs.map((path) => fingerprint(path)).join('')
    if (!force && isBuilt(state)) return { ok: true, output: '' }
    rmSync(stamp, { force: true })
    const started = performance.now()
    for (const wanted of folders) {
      const result = await emit(wanted)
      if (!result.ok) return result
    }
    writeFileSync(stamp, state)
    const counts = folders.map(({ folder }) => `${folder}/ (${countFiles(folder)} files)`)
    return {
      ok: true,
      output: `Built ${counts.join(' and ')} in ${((performance.now() - started) / 1000).toFixed(1)} s.`,
    }
  })
}

// A fresh folder takes the old one's place, so that nothing of a removed source stays and nobody sees half a build.
async function emit({ folder, project, isBundled }) {
  const [compiled, fresh] = [join(root, 'build/compiled'), join(root, 'build/fresh')]
  for (const path of [compiled, fresh]) rmSync(path, { recursive: true, force: true })
  const flags = ['-p', project, '--noEmitOnError', '--outDir', compiled]
  const result = await runScript('node_modules/typescript/bin/tsc', flags, { quiet: true })
  if (!result.ok) return result
  if (isBundled) {
    // In a process of its own, as a build can be asked for by a test, whose worker has other things to do.
    const bundled = await runScript('tools/bundle.mjs', [compiled, fresh], { quiet: true })
    if (!bundled.ok) return bundled
  }
  rmSync(join(root, folder), { recursive: true, force: true })
  renameSync(isBundled ? fresh : compiled, join(root, folder))
  return { ok: true }
}

function isBuilt(state) {
  const outputs = ['dist/cjs/package.json', 'build/examples', 'build/inputs']
  return outputs.every((path) => existsSync(join(root, path))) && readFileSync(stamp, 'utf8') === state
}

// Names, times and sizes, of folders too: a removed file and an older one that came back are changes as well.
function fingerprint(path) {
  const { mtimeMs, size } = statSync(join(root, path))
  return `${path} ${mtimeMs} ${size}\n${listFolder(path).map(fingerprint).join('')}`
}

function countFiles(path) {
  const entries = listFolder(path)
  return entries.length === 0 ? 1 : entries.reduce((count, entry) => count + countFiles(entry), 0)
}

function listFolder(path) {
  if (!statSync(join(root, path)).isDirectory()) return []
  const names = readdirSync(join(root, path)).toSorted()
  return names.map((name) => `${path}/${name}`)
}
