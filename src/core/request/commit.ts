import { isThenable } from '../../engine/thenable.js'
import { SesseraError } from '../../errors.js'
import { needsRenewal } from '../policy.js'
import type { Changes } from '../record/merge.js'
import { planCommit, type CommitPlan, type Situation } from './commit-plan.js'
import { followUser } from './follow-user.js'
import { executePlan, needsNewCookie, setCookie } from './execute-plan.js'
import type { SessionState } from './session-state.js'
import { assertMaySetCookie } from './request-context.js'

/** What a response needs to know once its session is stored. */
export interface CommitResult {
  /** Complete `Set-Cookie` values, to add to those of the application. */
  readonly setCookies: readonly string[]
  /** `no-store`: the session cookie is set. `private`: the handler read the session. `untouched`: neither. */
  readonly caching: 'untouched' | 'private' | 'no-store'
}

const untouched: CommitResult = { setCookies: [], caching: 'untouched' }
const onlyRead: CommitResult = { setCookies: [], caching: 'private' }
/** For a page that shows a visitor as anonymous: browsers must not show it again once the store is back. */
const anonymousDuringOutage: CommitResult = { setCookies: [], caching: 'no-store' }

/** Decides what happens to the session, and does it. Rejects if that fails, but never for a status of 500 or higher. */
export function commit(state: SessionState, status: number): CommitResult | Promise<CommitResult> {
  state.isCommitted = true
  if (status < 500) return settleAndStore(state, status < 400)
  // The response is an error already, often because of the store. Do not delay it again, or replace it with another error.
  if (isOutage(state.queue?.failure?.error) && !state.endsSession) return resultWithoutWrite(state)
  const result = settleAndStore(state, false)
  return isThenable(result) ? Promise.resolve(result).catch(() => resultWithoutWrite(state)) : result
}

function settleAndStore(state: SessionState, succeeds: boolean): CommitResult | Promise<CommitResult> {
  const { queue } = state
  try {
    followUser(state)
    const isCarriedOut = succeeds || state.followsData
    const changes = takeChanges(state, isCarriedOut)
    if (queue === undefined || queue.isSettled) return store(state, isCarriedOut, changes)
    return queue.settled().then(
      () => store(state, isCarriedOut, changes),
      async (error: unknown) => {
        // A sign-out must not depend on whether something else could be stored.
        if (state.endsSession) await execute(state, { end: true, write: 'nothing' }, undefined)
        throw error
      },
    )
  } catch (error) {
    return Promise.reject(error)
  }
}

/** The changes to store. If a sign-in is discarded, those from before it. */
function takeChanges(state: SessionState, succeeds: boolean): Changes | undefined {
  const { signIn } = state
  if (state.outage !== undefined) return undefined
  if (succeeds || signIn === undefined) return state.sealData()
  state.requested = undefined
  return signIn.changesBefore
}

function store(
  state: SessionState,
  succeeds: boolean,
  changes: Changes | undefined,
): CommitResult | Promise<CommitResult> {
  const { tokenStatus, record, outage, services } = state
  if (outage !== undefined) return state.isRead ? anonymousDuringOutage : untouched
  const plan = planCommit({
    tokenStatus,
    ends: state.endsSession,
    requested: requestedBy(state),
    hasChanges: changes !== undefined,
    succeeds,
    needsRenewal: isRenewalDue(state),
  })
  if (plan.write === 'renew' && record !== undefined) services.renewals.start(record)
  const hasNothingToStore = !plan.end && (plan.write === 'nothing' || plan.write === 'renew')
  return hasNothingToStore && state.issued === undefined ? resultWithoutWrite(state) : execute(state, plan, changes)
}

async function execute(state: SessionState, plan: CommitPlan, changes: Changes | undefined): Promise<CommitResult> {
  if (!state.endsSession) {
    if (needsNewCookie(plan)) assertMaySetCookie(state.choice)
    // A request waits for a silent store only once.
    if (state.queue?.silence !== undefined) throw state.queue.silence
  }
  const setCookies = await state.services.operations.run((operation) => executePlan(operation, state, plan, changes))
  return { setCookies, caching: setCookies.length > 0 ? 'no-store' : 'private' }
}

/** The result if nothing is stored now. What was stored before may still need its cookie. */
function resultWithoutWrite(state: SessionState): CommitResult {
  if (state.issued === undefined) return state.isRead ? onlyRead : untouched
  return { setCookies: [setCookie(state, state.services.operations.now())], caching: 'no-store' }
}

function isOutage(error: unknown): boolean {
  return SesseraError.is(error) && error.status === 503
}

function isRenewalDue({ renews, tokenStatus, record, services: { operations } }: SessionState): boolean {
  if (!renews || tokenStatus !== 'current' || record === undefined) return false
  return needsRenewal(operations.policy, record.head, operations.now())
}

function requestedBy({ requested, tokenStatus, record, remembers }: SessionState): Situation['requested'] {
  if (typeof requested === 'object') {
    const signedInUser = tokenStatus === 'current' ? record?.head.userId : undefined
    return signedInUser === undefined || signedInUser === requested.userId ? 'sign-in' : 'sign-in-as-other-user'
  }
  return requested ?? (remembers && record?.head.remembered === false ? 'rotate' : 'nothing')
}
