import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { manifest, pages } from './pages.js'
import { build, outputOf } from './run.js'

const promised = Object.entries(manifest.exports).flatMap(([path, target]) =>
  typeof target === 'object' ? [manifest.name + path.slice(1)] : [],
)
const listNames = `
  const [require, loaded] = [createRequire(process.cwd() + '/'), {}]
  const extras = ['default', 'module.exports'] // Node's own names for what a CommonJS module is
  const namesOf = (module) => Object.keys(module).filter((name) => !extras.includes(name)).toSorted().join()
  for (const path of ${JSON.stringify(promised)}) loaded[path] = [namesOf(await import(path)), namesOf(require(path))]
  console.log(JSON.stringify(loaded))`

it('each public path loads by import and by require, with the same names', { timeout: 120_000 }, async () => {
  await build()
  const program = `import { createRequire } from 'node:module'\n${listNames}`
  const loaded = JSON.parse(await outputOf('--input-type=module', '-e', program)) as Record<string, [string, string]>
  expect(Object.keys(loaded)).toEqual(promised)
  for (const [imported, required] of Object.values(loaded)) expect(imported).toBe(required)
})

it('tsconfig.json and the documentation name these paths and no others', () => {
  const { paths } = (JSON.parse(readFileSync('tsconfig.json', 'utf8')) as { compilerOptions: { paths: object } })
    .compilerOptions
  // Those below this one exist for applications that reach into the module that ours succeeds; nothing of ours does.
  const own = promised.filter((path) => !path.startsWith('sessera/express-session/'))
  expect(Object.keys(paths).toSorted()).toEqual(own.toSorted())
  const named = pages.flatMap((page) => {
    const quoted = readFileSync(page, 'utf8').matchAll(/['"`](sessera(?:\/[\w/.-]+)?)['"`]/g)
    return [...quoted].map(([, path = '']) => ({ page, path }))
  })
  expect(named.filter(({ path }) => !promised.includes(path))).toEqual([])
})
