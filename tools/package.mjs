// What is in the tarball is all that users get, and how compilers and bundlers read it is easily wrong without our noticing.
// So publint and attw look at the packed package; and its sizes are printed, so that nobody is surprised by their growth.
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { installPackages, runNpm } from './install.mjs'
import { runScript } from './run.mjs'

const folder = 'build/package'
const judges = [
  ['publint/src/cli.js', 'run', '--strict'],
  ['@arethetypeswrong/cli/dist/index.js', '--no-color'],
]

const problem = await installPackages('test/packaging')
if (problem) {
  console.log(`publint and attw are left out. ${problem}`)
  process.exitCode = process.env.CI ? 1 : 0
} else await judge()

async function judge() {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { ok, output } = await runNpm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder])
  if (!ok) return fail(output)
  const [packed] = Object.values(JSON.parse(output))
  for (const [script, ...flags] of judges) {
    const args = [...flags, join(folder, packed.filename)]
    const result = await runScript(`test/packaging/node_modules/${script}`, args, { quiet: true })
    if (!result.ok) fail(result.output)
  }
  const loaded = listLoaded('dist/index.js')
  const code = Buffer.concat([...loaded].map((path) => readFileSync(path)))
  console.log(
    `${packed.filename}: ${kB(packed.size)} packed, ${kB(packed.unpackedSize)} unpacked in ${packed.entryCount} files; ` +
      `import 'sessera' loads ${kB(code.length)} in ${loaded.size} files, ${kB(gzipSync(code).length)} gzipped`,
  )
}

function listLoaded(path, loaded = new Set()) {
  if (loaded.has(path)) return loaded
  loaded.add(path)
  for (const [, target] of readFileSync(path, 'utf8').matchAll(/^(?:import|export) [^'"]*['"](\.[^'"]+)['"]/gm))
    listLoaded(join(path, '..', target), loaded)
  return loaded
}

function kB(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`
}

function fail(output) {
  console.error(output)
  process.exitCode = 1
}
