// The package has few files: one for each public path, and in internal/ one for each room of src/ that several of them share. All of it
// is CommonJS, which everything loads, and an ES module for each path hands on the same copy: nobody ever has two.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'

const [compiled, output] = process.argv.slice(2)
const commonJs = join(output, 'cjs')
const { paths } = JSON.parse(readFileSync('tsconfig.json', 'utf8')).compilerOptions
// In the order of the layers: a room's file takes in what it imports, unless it is in the file of a room before it.
const rooms = {
  engine: /^(engine|options)\/|^(errors|events|options|store)\./,
  core: /^core\/|^stores\/memory\.|^index\./,
  adapters: /^adapters\//,
  'callback-store': /^callback-store\//,
  redis: /^stores\/redis\//,
  'express-session': /^express-session\//,
}

const { output: chunks } = await write('src', '', {
  format: 'cjs',
  comments: { jsdoc: false },
  exports: 'named',
  esModule: true,
})
await write(compiled, '.d', { format: 'es' }, [resolveDeclarations(), dts({ dtsInput: true, tsconfig: false })])
writeFileSync(join(commonJs, 'package.json'), '{ "type": "commonjs" }\n')
// Of a `*.cts`, which says `export =`, the work of tsc is published as it is.
const shapes = readdirSync(compiled, { recursive: true }).filter((path) => /\.c[jt]s$/.test(path))
for (const path of shapes) {
  mkdirSync(dirname(join(commonJs, path)), { recursive: true })
  copyFileSync(join(compiled, path), join(commonJs, path))
}
// The drop-in's paths are CommonJS alone, as what it succeeds.
for (const { fileName, exports } of chunks.filter(({ isEntry, fileName: path }) => isEntry && !path.includes('/'))) {
  writeFileSync(join(output, fileName), `export { ${exports.join(', ')} } from './cjs/${fileName}'\n`)
  writeFileSync(join(output, fileName.replace('.js', '.d.ts')), `export * from './cjs/${fileName}'\n`)
}

async function write(base, mark, options, plugins = []) {
  const input = {}
  for (const [path, [source]] of Object.entries(paths)) {
    const name = path.replace(/^sessera\/?/, '') || 'index'
    const isShaped = /^(express-session|connect-redis)$/.test(name)
    input[isShaped ? `${name}/index` : name] = resolve(base, relative('src', source).replace('.ts', `${mark}.ts`))
  }
  const groups = Object.entries(rooms).map(([room, pattern], index) => ({
    name: `internal/${room}${mark}`,
    test: (id) => pattern.test(relative(base, id)),
    priority: 10 - index,
  }))
  const names = `[name]${mark ? '.ts' : '.js'}`
  const external = (id) => !/^([./]|sessera$)/.test(id)
  const build = await rolldown({ input, plugins, external, platform: 'node', tsconfig: 'tsconfig.json' })
  const files = { dir: commonJs, entryFileNames: names, chunkFileNames: names, codeSplitting: { groups } }
  const written = await build.write({ ...files, ...options })
  await build.close()
  return written
}

// SessionData keeps a file of its own: an application can augment it only where it is declared as exported, not in a bundle's list.
function resolveDeclarations() {
  function handler(source, importer) {
    if (source === 'sessera') return resolve(compiled, 'index.d.ts')
    if (!source.endsWith('/session-data.js')) return undefined
    const declarations = readFileSync(resolve(dirname(importer), source.replace('.js', '.d.ts')), 'utf8')
    this.emitFile({ type: 'asset', fileName: 'session-data.d.ts', source: declarations })
    return { id: resolve(compiled, 'session-data.js'), external: 'relative' }
  }
  return { name: 'resolve-declarations', resolveId: { order: 'pre', handler } }
}
