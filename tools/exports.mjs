// An import path that is promised and missing breaks at the user's, not here. So each entry of `exports` must exist with its
// types and load both ways with the same names, and the documentation and tsconfig.json must name these paths and no others.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'

const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8'))
const { paths } = JSON.parse(readFileSync('tsconfig.json', 'utf8')).compilerOptions
const entries = Object.entries(exports).filter(([, target]) => typeof target === 'object')
const promised = entries.map(([path]) => name + path.slice(1))
const require = createRequire(import.meta.url)
const problems = []

for (const [path, target] of entries) {
  // What succeeds a CommonJS module is one itself, for `import` too.
  const conditions = target.default ? [target] : Object.values(target)
  const files = conditions.flatMap(({ types, default: code }) => [types, code])
  const missing = files.filter((file) => !file || !existsSync(file))
  if (missing.length > 0) problems.push(`exports["${path}"] names files that are not there: ${missing.join(', ')}`)
  else await compareNames(name + path.slice(1), conditions.at(-1).default)
}

// This Node gives its one ES module to `require` too; the CommonJS copy, which others get, is loaded by its file.
async function compareNames(path, commonJsFile) {
  const extras = ['default', 'module.exports'] // Node's own names for what a CommonJS module is
  const namesOf = (module) => {
    const names = Object.keys(module).filter((key) => !extras.includes(key))
    return names.toSorted().join(', ')
  }
  const wanted = namesOf(await import(path))
  for (const [way, module] of Object.entries({ require: require(path), CommonJS: require(resolve(commonJsFile)) })) {
    if (namesOf(module) !== wanted)
      problems.push(`${path} has other names by ${way} than by import, which has ${wanted}`)
  }
}

const pages = ['.', 'docs', 'examples'].flatMap((folder) => readdirSync(folder).map((file) => `${folder}/${file}`))
for (const page of pages.filter((path) => path.endsWith('.md'))) {
  for (const [, path] of readFileSync(page, 'utf8').matchAll(/['"`](sessera(?:\/[\w/.-]+)?)['"`]/g)) {
    if (!promised.includes(path)) problems.push(`${page} names ${path}, which is not in exports`)
  }
}
// Those below others exist for applications that reach into the module that ours succeeds; nothing of ours does.
const named = promised.filter((path) => path.split('/').length <= 2)
if (Object.keys(paths).toSorted().join() !== named.toSorted().join())
  problems.push('"paths" of tsconfig.json and "exports" of package.json differ')

for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
