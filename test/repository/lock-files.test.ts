import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

interface LockFile {
  readonly packages: Readonly<
    Record<string, { resolved?: string; optionalDependencies?: Readonly<Record<string, string>> }>
  >
}

const tests = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter(
  (path) => !path.includes('node_modules'),
)
const files = ['.', ...tests.map((path) => `test/${path}`)]
  .map((path) => `${path}/package-lock.json`)
  .filter(existsSync)

it.each(files)('%s has what each platform needs, and no addresses of a registry', (file) => {
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as LockFile
  // When a registry lacks a native package's build for another platform, npm silently leaves it out, and `npm ci` then refuses on that
  // platform, or everywhere. Pin an older version that is complete.
  const present = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)))
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
  expect(wanted.filter((name) => !present.has(name))).toEqual([])
  expect(Object.values(packages).filter(({ resolved }) => resolved?.startsWith('http'))).toEqual([])
})
