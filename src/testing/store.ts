import { type ConformanceCase, registerCases, type TestRunner } from './case.js'
import { absenceCases } from './store-cases/absence.js'
import { announcementCases, deliveryCases } from './store-cases/announcements.js'
import { changeCases } from './store-cases/change.js'
import { clockCases } from './store-cases/clock.js'
import { closeCases } from './store-cases/close.js'
import { conflictCases } from './store-cases/conflict.js'
import { coreCases } from './store-cases/core.js'
import { creationCases } from './store-cases/creation.js'
import { endCases } from './store-cases/end.js'
import { expiryCases } from './store-cases/expiry.js'
import { failureCases } from './store-cases/failure.js'
import { journalCases } from './store-cases/journal.js'
import { journalExpiryCases } from './store-cases/journal-expiry.js'
import { listingCases } from './store-cases/listing.js'
import { optionalCases } from './store-cases/optional.js'
import { repeatCases } from './store-cases/repeat.js'
import { revocationCases } from './store-cases/revocation.js'
import { userExpiryCases } from './store-cases/user-expiry.js'
import { userCases } from './store-cases/users.js'
import type { StoreHarness } from './store-harness.js'

/** All cases for a store, as data, for a test runner that `describeStore` does not fit. */
export function storeCases(harness: StoreHarness): ConformanceCase[] {
  return [
    absenceCases,
    creationCases,
    changeCases,
    conflictCases,
    repeatCases,
    endCases,
    expiryCases,
    clockCases,
    optionalCases,
    userCases,
    userExpiryCases,
    revocationCases,
    listingCases,
    journalCases,
    journalExpiryCases,
    announcementCases,
    deliveryCases,
    closeCases,
    failureCases,
    coreCases,
  ].flatMap((casesOfGroup) => casesOfGroup(harness))
}

/**
 * Registers the conformance suite for stores with a test runner: `describeStore({ describe, it }, 'my store', harness)`. It calls
 * every member of `SessionStore` and tests every rule of the contract that can be observed from outside.
 */
export function describeStore(runner: TestRunner, name: string, harness: StoreHarness): void {
  registerCases(runner, name, storeCases(harness))
}
