import { beforeAll } from 'vitest'
import type { AnyRequest } from '../../../src/express-session/api/loose-types.js'
import { ensurePackages, requireFrom } from '../../support/packages.js'

type Any = AnyRequest

/** Installs the hosts unless they are there. */
export function withHosts(): void {
  beforeAll(() => ensurePackages('compatibility'), 300_000)
}

/** A host, as loosely typed as hosts in JavaScript take it. */
export const load: (name: string) => Any = requireFrom('compatibility')

export type { Any }
