// How dist/ is made of src/, and of what tsc compiled it to. The package has few files: one for each public path, and in internal/ one
// for each room of src/ that several of them share. All of it is CommonJS, which everything loads, and an ES module for each path
// re-exports it: an application that uses both `import` and `require` still has a single copy.
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { defineConfig } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'

const compiled = 'build/compiled'
const { paths } = JSON.parse(readFileSync('tsconfig.json', 'utf8')).compilerOptions
// In the order of the layers: a room's file takes in what it imports, unless it is in the file of a room before it.
const rooms = {
  engine: /^(engine|options|errors)\/|^(errors|events|options|store)\./,
  core: /^core\/|^stores\/memory|^index\./,
  // What adapters without a response of Node share, so that those of Node are not loaded with them.
  fetch:
    /^adapters\/(fetch\/|check-options\.|guards\/(blocked-request|return-path|rules)\.|response\/(session-headers|error-status)\.)/,
  'cross-site': /^adapters\/cross-site/,
  'local-client': /^adapters\/node\/(local-client|peer-user)\./,
  sockets: /^adapters\/sockets\//,
  adapters: /^adapters\/((guards|node|response)\/|express\.|http\.)/,
  fastify: /^adapters\/fastify\//,
  'callback-store': /^callback-store\//,
  redis: /^stores\/redis\//,
  'express-session': /^express-session\//,
}

// Paths whose types are other ones for `import` than for `require`: those of the framework do not fit each other, or there is a default export.
const withTwoTypes = ['nuxt-module', 'trpc']

// oxlint-disable-next-line import/no-default-export -- it is how rolldown loads its configuration
export default defineConfig([
  bundle('src', '', { format: 'cjs', comments: { jsdoc: false }, exports: 'named', esModule: true }, [wrappers()]),
  bundle(compiled, '.d', { format: 'es' }, [declarations(), dts({ dtsInput: true, tsconfig: false })]),
])

function bundle(base, mark, format, plugins) {
  const input = {}
  for (const [path, [source]] of Object.entries(paths)) {
    const name = path.replace(/^sessera\/?/, '').replaceAll('/', '-') || 'index'
    const isShaped = /^(express-session|connect-redis)$/.test(name)
    input[isShaped ? `${name}/index` : name] = resolve(base, relative('src', source).replace('.ts', `${mark}.ts`))
  }
  const groups = Object.entries(rooms).map(([room, pattern], index) => ({
    name: `internal/${room}${mark}`,
    test: (id) => pattern.test(relative(base, id)),
    priority: 10 - index,
  }))
  const names = `cjs/[name]${mark ? '.ts' : '.js'}`
  const files = { dir: 'build/bundled', entryFileNames: names, chunkFileNames: names, codeSplitting: { groups } }
  const external = (id) => !/^([./]|sessera$)/.test(id)
  return { input, plugins, external, platform: 'node', tsconfig: 'tsconfig.json', output: { ...files, ...format } }
}

// The drop-in's paths have no ES modules: they are CommonJS only, like express-session.
function wrappers() {
  function generateBundle(_options, files) {
    this.emitFile({ type: 'asset', fileName: 'cjs/package.json', source: '{ "type": "commonjs" }\n' })
    for (const { isEntry, name, exports } of Object.values(files)) {
      if (!isEntry || name.includes('/')) continue
      // Node's default import of a CommonJS module is all of it, a bundler's may be its own default export.
      const source = exports.includes('default')
        ? `import module from './cjs/${name}.js'\nexport default module.default ?? module\n`
        : `export { ${exports.join(', ')} } from './cjs/${name}.js'\n`
      this.emitFile({ type: 'asset', fileName: `${name}.js`, source })
      if (withTwoTypes.includes(name)) continue
      this.emitFile({ type: 'asset', fileName: `${name}.d.ts`, source: `export * from './cjs/${name}.js'\n` })
    }
  }
  return { name: 'wrappers', generateBundle }
}

function declarations() {
  // SessionData keeps a file of its own: an application can augment it only where it is declared as exported, not in a bundle's list.
  function handler(source, importer) {
    if (source === 'sessera') return resolve(compiled, 'index.d.ts')
    if (!source.endsWith('/session-data.js')) return undefined
    const text = readFileSync(resolve(dirname(importer), source.replace('.js', '.d.ts')), 'utf8')
    this.emitFile({ type: 'asset', fileName: 'cjs/session-data.d.ts', source: text })
    return { id: resolve(compiled, 'cjs/session-data.js'), external: 'relative' }
  }
  // A `*.cts` says `export =`, which a bundle cannot: what tsc made of it is published as it is.
  function buildStart() {
    for (const path of readdirSync(compiled, { recursive: true }).filter((name) => /\.c[jt]s$/.test(name)))
      this.emitFile({ type: 'asset', fileName: `cjs/${path}`, source: readFileSync(join(compiled, path)) })
  }
  function generateBundle(_options, files) {
    for (const { fileName, code } of Object.values(files)) {
      const name = fileName.replace(/^cjs\/|\.d\.ts$/g, '')
      const source = withTwoTypes.includes(name) && code.replaceAll('"./internal/', '"./cjs/internal/')
      if (source) this.emitFile({ type: 'asset', fileName: `${name}.d.ts`, source })
    }
  }
  return { name: 'declarations', buildStart, generateBundle, resolveId: { order: 'pre', handler } }
}
