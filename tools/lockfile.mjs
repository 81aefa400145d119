// When a registry lacks a native package's build for another platform, npm silently leaves it out of package-lock.json,
// and `npm ci` then refuses on that platform, or everywhere. So: every optional dependency of a package must be in there.
import { readdirSync, readFileSync } from 'node:fs'

const inTests = readdirSync('test', { recursive: true }).filter((path) =>
  /^((?!node_modules).)*package-lock\.json$/.test(path),
)
const problems = ['package-lock.json', ...inTests.map((path) => `test/${path}`)].flatMap(check)

for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0

function check(file) {
  const { packages } = JSON.parse(readFileSync(file, 'utf8'))
  const inLock = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)))
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !inLock.has(name))
      .map((name) => `${file}: ${path} needs ${name}, which is not in there: pin an older version that is complete`),
  )
  const addresses = Object.entries(packages)
    .filter(([, { resolved }]) => resolved?.startsWith('http'))
    .map(([path]) => `${file}: ${path} records a download address`)
  return [...missing, ...addresses]
}
