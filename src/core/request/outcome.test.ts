import { describe, expect, it } from 'vitest'
import { decideOutcome, type Outcome, type Situation, type Standing } from './outcome.js'

const standings: readonly Standing[] = ['stranger', 'owner', 'superseded', 'replaced']
const yesOrNo = [false, true]

const situations: readonly Situation[] = standings.flatMap((standing) =>
  yesOrNo.flatMap((ends) =>
    yesOrNo.flatMap((rotates) =>
      (['no', 'same', 'other-user'] as const).flatMap((signsIn) =>
        yesOrNo.flatMap((hasChanges) =>
          yesOrNo.flatMap((succeeds) =>
            yesOrNo.map((needsRenewal) => ({ standing, ends, rotates, signsIn, hasChanges, succeeds, needsRenewal })),
          ),
        ),
      ),
    ),
  ),
)

/** Whether the sign-in or the rotation that was asked for is carried out: only below status 400. */
const isSignIn = ({ signsIn, succeeds }: Situation): boolean => signsIn !== 'no' && succeeds
const isRotation = ({ rotates, succeeds }: Situation): boolean => rotates && succeeds

interface Rule {
  readonly rule: string
  readonly applies: (situation: Situation) => boolean
  readonly outcome: Outcome
}

/** The rules of one standing, for requests that sign nobody in. */
const of = (standing: Standing, applies: Rule['applies']): Rule['applies'] => {
  return (situation) => situation.standing === standing && !isSignIn(situation) && applies(situation)
}

/** The table. Its rows exclude each other, so their order means nothing. */
const rules: readonly Rule[] = [
  {
    rule: 'a sign-in over the own session, or none, writes the user and a new secret and removes nothing',
    applies: (situation) => isSignIn(situation) && situation.signsIn === 'same' && !situation.ends,
    outcome: { end: false, write: 'sign-in' },
  },
  {
    rule: 'LC-3: a sign-in over the session of another user ends that one first',
    applies: (situation) => isSignIn(situation) && situation.signsIn === 'other-user',
    outcome: { end: true, write: 'sign-in' },
  },
  {
    rule: 'end and then signIn ends the old session and makes a fresh one',
    applies: (situation) => isSignIn(situation) && situation.signsIn === 'same' && situation.ends,
    outcome: { end: true, write: 'sign-in' },
  },
  {
    rule: 'LC-8: a stranger who changes nothing gets nothing, not even by rotate or a failed sign-in',
    applies: of('stranger', ({ ends, hasChanges }) => !ends && !hasChanges),
    outcome: { end: false, write: 'nothing' },
  },
  {
    rule: 'the changes of a stranger become a new session',
    applies: of('stranger', ({ ends, hasChanges }) => !ends && hasChanges),
    outcome: { end: false, write: 'insert' },
  },
  {
    rule: 'TR-1: an end removes the session, whatever the status of the response',
    applies: (situation) => situation.ends && !situation.hasChanges && !isSignIn(situation),
    outcome: { end: true, write: 'nothing' },
  },
  {
    rule: 'what is put into the blank session after an end becomes a new one',
    applies: (situation) => situation.ends && situation.hasChanges && !isSignIn(situation),
    outcome: { end: true, write: 'insert' },
  },
  {
    rule: 'CC-2: an owner who only reads rewrites nothing',
    applies: of('owner', (it) => !it.ends && !isRotation(it) && !it.hasChanges && !it.needsRenewal),
    outcome: { end: false, write: 'nothing' },
  },
  {
    rule: 'TO-6: an owner who only reads renews the session when it is time',
    applies: of('owner', (it) => !it.ends && !isRotation(it) && !it.hasChanges && it.needsRenewal),
    outcome: { end: false, write: 'renew' },
  },
  {
    rule: 'the changes of an owner are stored, also when the response fails',
    applies: of('owner', (it) => !it.ends && !isRotation(it) && it.hasChanges),
    outcome: { end: false, write: 'replace' },
  },
  {
    rule: 'LC-2: a rotation takes the changes along',
    applies: of('owner', (it) => !it.ends && isRotation(it)),
    outcome: { end: false, write: 'rotate' },
  },
  {
    rule: 'LC-5: a secret superseded by a rotation reads, and renews nothing',
    applies: of('superseded', ({ ends, hasChanges }) => !ends && !hasChanges),
    outcome: { end: false, write: 'nothing' },
  },
  {
    rule: 'LC-5: what a request with it changes is refused, as the session goes on without it',
    applies: of('superseded', ({ ends, hasChanges }) => !ends && hasChanges),
    outcome: { end: false, write: 'refuse' },
  },
  {
    rule: 'LC-5: a secret replaced by a sign-in renews nothing',
    applies: of('replaced', ({ ends, hasChanges }) => !ends && !hasChanges),
    outcome: { end: false, write: 'nothing' },
  },
  {
    rule: 'LC-5: what a request with it changes is dropped',
    applies: of('replaced', ({ ends, hasChanges }) => !ends && hasChanges),
    outcome: { end: false, write: 'drop' },
  },
]

describe('the outcome of a request', () => {
  it('is ruled by exactly one row of the table in each of all 384 situations', () => {
    expect(situations).toHaveLength(384)
    for (const situation of situations) {
      expect(rules.filter(({ applies }) => applies(situation)).map(({ rule }) => rule)).toHaveLength(1)
    }
  })

  it.each(rules)('$rule', ({ applies, outcome }) => {
    const ruled = situations.filter(applies)
    expect(ruled).not.toHaveLength(0)
    for (const situation of ruled) expect({ situation, ...decideOutcome(situation) }).toEqual({ situation, ...outcome })
  })

  it('LC-1: a user is written by a sign-in only, and only below status 400', () => {
    for (const situation of situations) {
      expect(decideOutcome(situation).write === 'sign-in').toBe(situation.signsIn !== 'no' && situation.succeeds)
    }
  })

  it('removes nothing unless asked to end, or another user signs in', () => {
    for (const situation of situations) {
      if (decideOutcome(situation).end) expect(situation.ends || situation.signsIn === 'other-user').toBe(true)
    }
  })
})
