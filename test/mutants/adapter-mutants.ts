import { cacheMutants } from './adapter/caches.js'
import { changeMutants } from './adapter/changes.js'
import { commitMutants } from './adapter/commits.js'
import { cookieMutants } from './adapter/cookies.js'
import { costMutants } from './adapter/costs.js'
import type { AdapterMutant } from './adapter/mutant.js'

/** Adapters that break the rules in one small way each; the conformance suite must notice every one. */
export const adapterMutants: readonly AdapterMutant[] = [
  ...cookieMutants,
  ...commitMutants,
  ...changeMutants,
  ...cacheMutants,
  ...costMutants,
]
