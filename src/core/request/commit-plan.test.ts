import { describe, expect, it } from 'vitest'
import type { TokenStatus } from '../cookie/verify-token.js'
import { planCommit, type CommitPlan, type Situation } from './commit-plan.js'

const tokenStatuses: readonly TokenStatus[] = ['none', 'current', 'rotated', 'replaced-by-sign-in']
const requests = ['nothing', 'rotate', 'reauthenticate', 'sign-in', 'sign-in-as-other-user'] as const
const yesOrNo = [false, true]

const situations: readonly Situation[] = tokenStatuses.flatMap((tokenStatus) =>
  yesOrNo.flatMap((ends) =>
    requests.flatMap((requested) =>
      yesOrNo.flatMap((hasChanges) =>
        yesOrNo.flatMap((succeeds) =>
          yesOrNo.map((needsRenewal) => ({ tokenStatus, ends, requested, hasChanges, succeeds, needsRenewal })),
        ),
      ),
    ),
  ),
)

/** Whether the requested sign-in or rotation is carried out: only below status 400. */
const isSignIn = ({ requested, succeeds }: Situation): boolean => requested.startsWith('sign-in') && succeeds
const isRotation = ({ requested, succeeds }: Situation): boolean => requested === 'rotate' && succeeds
/** Whether the user proved who they are, with a secret that is current or was rotated moments ago. */
const isReauthentication = ({ requested, succeeds, ends, tokenStatus }: Situation): boolean =>
  requested === 'reauthenticate' && succeeds && !ends && (tokenStatus === 'current' || tokenStatus === 'rotated')

interface Rule {
  readonly rule: string
  readonly applies: (situation: Situation) => boolean
  readonly plan: CommitPlan
}

/** The rules of one token status, for requests that sign nobody in, nor again. */
const of = (tokenStatus: TokenStatus, applies: Rule['applies']): Rule['applies'] => {
  return (situation) =>
    situation.tokenStatus === tokenStatus &&
    !isSignIn(situation) &&
    !isReauthentication(situation) &&
    applies(situation)
}

/** The table. Its rows exclude each other, so their order means nothing. */
const rules: readonly Rule[] = [
  {
    rule: 'a sign-in over the own session, or none, writes the user and a new secret and removes nothing',
    applies: (situation) => isSignIn(situation) && situation.requested === 'sign-in' && !situation.ends,
    plan: { end: false, write: 'sign-in' },
  },
  {
    rule: 'LC-3: a sign-in over the session of another user ends that one first',
    applies: (situation) => isSignIn(situation) && situation.requested === 'sign-in-as-other-user',
    plan: { end: true, write: 'sign-in' },
  },
  {
    rule: 'end and then signIn ends the old session and makes a fresh one',
    applies: (situation) => isSignIn(situation) && situation.requested === 'sign-in' && situation.ends,
    plan: { end: true, write: 'sign-in' },
  },
  {
    rule: 'LC-8: a request without a session that changes nothing gets nothing, not even by rotate or a failed sign-in',
    applies: of('none', ({ ends, hasChanges }) => !ends && !hasChanges),
    plan: { end: false, write: 'nothing' },
  },
  {
    rule: 'the changes of a request without a session become a new one',
    applies: of('none', ({ ends, hasChanges }) => !ends && hasChanges),
    plan: { end: false, write: 'insert' },
  },
  {
    rule: 'TR-1: an end removes the session, whatever the status of the response',
    applies: (situation) => situation.ends && !situation.hasChanges && !isSignIn(situation),
    plan: { end: true, write: 'nothing' },
  },
  {
    rule: 'what is put into the blank session after an end becomes a new one',
    applies: (situation) => situation.ends && situation.hasChanges && !isSignIn(situation),
    plan: { end: true, write: 'insert' },
  },
  {
    rule: 'reading rewrites nothing',
    applies: of('current', (it) => !it.ends && !isRotation(it) && !it.hasChanges && !it.needsRenewal),
    plan: { end: false, write: 'nothing' },
  },
  {
    rule: 'TO-6: reading renews the session when it is time',
    applies: of('current', (it) => !it.ends && !isRotation(it) && !it.hasChanges && it.needsRenewal),
    plan: { end: false, write: 'renew' },
  },
  {
    rule: 'changes are stored, also when the response fails',
    applies: of('current', (it) => !it.ends && !isRotation(it) && it.hasChanges),
    plan: { end: false, write: 'replace' },
  },
  {
    rule: 'LC-2: a rotation takes the changes along',
    applies: of('current', (it) => !it.ends && isRotation(it)),
    plan: { end: false, write: 'rotate' },
  },
  {
    rule: 'LC-1: a re-authentication takes the changes along, also with a secret that was rotated moments ago',
    applies: isReauthentication,
    plan: { end: false, write: 'reauthenticate' },
  },
  {
    rule: 'LC-5: a secret superseded by a rotation reads, and renews nothing',
    applies: of('rotated', ({ ends, hasChanges }) => !ends && !hasChanges),
    plan: { end: false, write: 'nothing' },
  },
  {
    rule: 'LC-5: its changes are an error, because the session goes on without them',
    applies: of('rotated', ({ ends, hasChanges }) => !ends && hasChanges),
    plan: { end: false, write: 'reject' },
  },
  {
    rule: 'LC-5: a secret replaced by a sign-in renews nothing',
    applies: of('replaced-by-sign-in', ({ ends, hasChanges }) => !ends && !hasChanges),
    plan: { end: false, write: 'nothing' },
  },
  {
    rule: 'LC-5: its changes are dropped',
    applies: of('replaced-by-sign-in', ({ ends, hasChanges }) => !ends && hasChanges),
    plan: { end: false, write: 'drop' },
  },
]

describe('what becomes of a session', () => {
  it('is ruled by exactly one row of the table in each of all 320 situations', () => {
    expect(situations).toHaveLength(320)
    for (const situation of situations) {
      expect(rules.filter(({ applies }) => applies(situation)).map(({ rule }) => rule)).toHaveLength(1)
    }
  })

  it.each(rules)('$rule', ({ applies, plan }) => {
    const ruled = situations.filter(applies)
    expect(ruled).not.toHaveLength(0)
    for (const situation of ruled) expect({ situation, ...planCommit(situation) }).toEqual({ situation, ...plan })
  })

  it('LC-1: a user is written by a sign-in only, and only below status 400', () => {
    for (const situation of situations) {
      expect(planCommit(situation).write === 'sign-in').toBe(isSignIn(situation))
    }
  })

  it('removes nothing unless the handler calls end(), or another user signs in', () => {
    for (const situation of situations) {
      if (planCommit(situation).end)
        expect(situation.ends || situation.requested === 'sign-in-as-other-user').toBe(true)
    }
  })
})
