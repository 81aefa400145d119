// When a registry lacks a native package's build for another platform, npm silently leaves it out of package-lock.json,
// and `npm ci` then refuses on that platform, or everywhere. So: every optional dependency of a package must be in there.
import { readFileSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const inLock = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)))
const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
  Object.keys(optionalDependencies)
    .filter((name) => !inLock.has(name))
    .map((name) => `${path} needs ${name}, which is not in package-lock.json: pin an older version that is complete`),
)
const addresses = Object.entries(packages)
  .filter(([, { resolved }]) => resolved?.startsWith('http'))
  .map(([path]) => `${path} records a download address`)

for (const problem of [...missing, ...addresses]) console.error(problem)
process.exitCode = missing.length + addresses.length > 0 ? 1 : 0
