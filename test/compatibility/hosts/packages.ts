import { createRequire } from 'node:module'
import { beforeAll } from 'vitest'
import { installPackages } from '../../../tools/install.mjs'
import type { AnyRequest } from '../../../src/express-session/api/foreign-types.js'

type Any = AnyRequest

const require = createRequire(new URL('package.json', import.meta.url))

/** Installs the hosts of this folder's package.json unless they are there. */
export function withHosts(): void {
  beforeAll(async () => {
    const problem = await installPackages('test/compatibility/hosts')
    if (problem !== undefined) throw new Error(problem)
  }, 300_000)
}

/** A package of this folder, as loosely typed as hosts in JavaScript take it. */
export function load(name: string): Any {
  return require(name)
}

export type { Any }
