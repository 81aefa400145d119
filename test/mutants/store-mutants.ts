import { conflictMutants } from './store/conflicts.js'
import { expiryMutants } from './store/expiries.js'
import { failureMutants } from './store/failures.js'
import { lifeMutants } from './store/lives.js'
import { memberMutants } from './store/members.js'
import type { StoreMutant } from './store/mutant.js'
import { renewalMutants, sameInRenew } from './store/renewals.js'
import { valueMutants } from './store/values.js'

const mutants = [
  ...valueMutants,
  ...conflictMutants,
  ...lifeMutants,
  ...expiryMutants,
  ...memberMutants,
  ...failureMutants,
]

/** Stores that break the contract in one small way each; the conformance suite must notice every one. */
export const storeMutants: readonly StoreMutant[] = [...mutants, ...renewalMutants, ...sameInRenew(mutants)]
