import { describe, expect, it } from 'vitest'
import { planCommit, type Situation, type CommitPlan, type Rules } from './commit-plan.js'

const yesOrNo = [false, true]

/** Each combination of these. */
function combine<Names extends string>(names: readonly Names[]): Record<Names, boolean>[] {
  return names.reduce(
    (all, name) => all.flatMap((one) => yesOrNo.map((value) => ({ ...one, [name]: value }))),
    [{} as Record<Names, boolean>],
  )
}

const allSituations: readonly Situation[] = combine([
  'hasSession',
  'hasId',
  'isReadOnly',
  'isIncoming',
  'isModified',
  'isStored',
  'wasSaved',
  'isPersistent',
])
const allRules: readonly Rules[] = combine(['saveUninitialized', 'resave', 'rolling', 'canTouch']).flatMap((rules) =>
  (['keep', 'destroy'] as const).map((unset) => ({ ...rules, unset })),
)
type Case = Situation & Rules
const cases: readonly Case[] = allSituations.flatMap((situation) =>
  allRules.map((rules) => ({ ...situation, ...rules })),
)

type Applies = (given: Case) => boolean
const isAnySession: Applies = ({ hasId, isReadOnly }) => hasId || isReadOnly
const isThere: Applies = ({ hasSession, hasId, isReadOnly }) => hasSession && hasId && !isReadOnly
/** A new session that nothing was put into yet, as far as `saveUninitialized` is concerned. */
const isUninitialized: Applies = (given) => !given.saveUninitialized && !given.wasSaved && !given.isIncoming
/** This request stored its values, or with `resave: false` found them stored. */
const isSaved: Applies = (given) => given.isStored && (given.wasSaved || !given.resave)
const mustSave: Applies = (given) => (isUninitialized(given) ? given.isModified : !isSaved(given))

/** The rows exclude each other, so their order does not matter. */
const actions: readonly (readonly [rule: string, applies: Applies, action: CommitPlan['action']])[] = [
  ['an invalid id: nothing', (given) => !isAnySession(given), 'nothing'],
  ['a session that can only be read: nothing', (given) => given.isReadOnly && given.hasSession, 'nothing'],
  [
    'no session, with unset keep: nothing',
    (given) => isAnySession(given) && !given.hasSession && given.unset === 'keep',
    'nothing',
  ],
  [
    'no session, with unset destroy: destroy',
    (given) => isAnySession(given) && !given.hasSession && given.unset === 'destroy',
    'destroy',
  ],
  ['a session with unsaved values, or any with resave: save', (given) => isThere(given) && mustSave(given), 'save'],
  [
    'an incoming session that is stored already: touch',
    (given) => isThere(given) && !mustSave(given) && given.isIncoming && given.canTouch,
    'touch',
  ],
  [
    'the same in a store without touch: nothing',
    (given) => isThere(given) && !mustSave(given) && given.isIncoming && !given.canTouch,
    'nothing',
  ],
  [
    'a new session that is stored already, or not initialized: nothing',
    (given) => isThere(given) && !mustSave(given) && !given.isIncoming,
    'nothing',
  ],
]

/** When a cookie is sent. */
const cookies: readonly (readonly [rule: string, applies: Applies, sendCookie: boolean])[] = [
  ['never without a session or an id', (given) => !isThere(given), false],
  [
    'for a new session that may be empty',
    (given) => isThere(given) && !given.isIncoming && given.saveUninitialized,
    true,
  ],
  [
    'for a new session with something in it',
    (given) => isThere(given) && !given.isIncoming && !given.saveUninitialized && given.isModified,
    true,
  ],
  [
    'not for a new session with nothing in it',
    (given) => isThere(given) && !given.isIncoming && !given.saveUninitialized && !given.isModified,
    false,
  ],
  [
    'for an incoming session with every response, if rolling',
    (given) => isThere(given) && given.isIncoming && given.rolling,
    true,
  ],
  [
    'for an incoming session whose cookie has an expiry, when it was modified',
    (given) => isThere(given) && given.isIncoming && !given.rolling && given.isPersistent && given.isModified,
    true,
  ],
  [
    'not for any other incoming session',
    (given) => isThere(given) && given.isIncoming && !given.rolling && !(given.isPersistent && given.isModified),
    false,
  ],
]

describe('the action at the end of a request', () => {
  it.each(actions)('%s', (_rule, applies, action) => {
    const given = cases.filter(applies)
    expect(given.length).toBeGreaterThan(0)
    for (const one of given) expect({ ...one, action: planCommit(one, one).action }).toEqual({ ...one, action })
  })

  it('follows from exactly one rule in every case', () => {
    for (const one of cases) expect(actions.filter(([, applies]) => applies(one))).toHaveLength(1)
  })
})

describe('the cookie', () => {
  it.each(cookies)('is sent %s', (_rule, applies, sendCookie) => {
    const given = cases.filter(applies)
    expect(given.length).toBeGreaterThan(0)
    for (const one of given) {
      expect({ ...one, sendCookie: planCommit(one, one).sendCookie }).toEqual({ ...one, sendCookie })
    }
  })

  it('follows from exactly one rule in every case', () => {
    for (const one of cases) expect(cookies.filter(([, applies]) => applies(one))).toHaveLength(1)
  })
})
