import { announcementMutants } from './store/announcements.js'
import { conflictMutants } from './store/conflicts.js'
import { expiryMutants } from './store/expiries.js'
import { failureMutants } from './store/failures.js'
import { journalExpiryMutants } from './store/journal-expiries.js'
import { journalMutants } from './store/journals.js'
import { lifeMutants } from './store/lives.js'
import { memberMutants } from './store/members.js'
import { listingMutants } from './store/listings.js'
import type { StoreMutant } from './store/mutant.js'
import { renewalMutants, sameInRenew } from './store/renewals.js'
import { revocationMutants } from './store/revocations.js'
import { userExpiryMutants } from './store/user-expiries.js'
import { userMutants } from './store/users.js'
import { valueMutants } from './store/values.js'

const mutants = [
  ...valueMutants,
  ...conflictMutants,
  ...lifeMutants,
  ...expiryMutants,
  ...memberMutants,
  ...failureMutants,
  ...userMutants,
  ...userExpiryMutants,
  ...revocationMutants,
  ...listingMutants,
  ...journalMutants,
  ...journalExpiryMutants,
  ...announcementMutants,
]

/** Stores that break the contract in one small way each; the conformance suite must notice every one. */
export const storeMutants: readonly StoreMutant[] = [...mutants, ...renewalMutants, ...sameInRenew(mutants)]
