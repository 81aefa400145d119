import { describe, expect, it } from 'vitest'
import { decideOutcome, type Facts, type Outcome, type Rules } from './outcome.js'

const yesOrNo = [false, true]

/** Each combination of these. */
function combine<Names extends string>(names: readonly Names[]): Record<Names, boolean>[] {
  return names.reduce(
    (all, name) => all.flatMap((one) => yesOrNo.map((value) => ({ ...one, [name]: value }))),
    [{} as Record<Names, boolean>],
  )
}

const allFacts: readonly Facts[] = combine([
  'hasSession',
  'hasId',
  'isReadOnly',
  'isIncoming',
  'isModified',
  'isSaved',
  'wasSaved',
  'isPersistent',
  'canTouch',
])
const allRules: readonly Rules[] = combine(['saveUninitialized', 'rolling']).flatMap((rules) =>
  (['keep', 'destroy'] as const).map((unset) => ({ ...rules, unset })),
)
type Case = Facts & Rules
const cases: readonly Case[] = allFacts.flatMap((facts) => allRules.map((rules) => ({ ...facts, ...rules })))

type Applies = (given: Case) => boolean
const isAnySession: Applies = ({ hasId, isReadOnly }) => hasId || isReadOnly
const isThere: Applies = ({ hasSession, hasId, isReadOnly }) => hasSession && hasId && !isReadOnly
/** A session that this visitor has never been given, and whose handler may not have wanted one. */
const isUninitialized: Applies = (given) => !given.saveUninitialized && !given.wasSaved && !given.isIncoming
const mustSave: Applies = (given) => (isUninitialized(given) ? given.isModified : !given.isSaved)

/** What is done. The rows exclude each other, so their order means nothing. */
const actions: readonly (readonly [rule: string, applies: Applies, action: Outcome['action']])[] = [
  ['an id that is none: nothing', (given) => !isAnySession(given), 'nothing'],
  ['a session that can only be read: nothing', (given) => given.isReadOnly && given.hasSession, 'nothing'],
  [
    'no session, and what is stored is kept',
    (given) => isAnySession(given) && !given.hasSession && given.unset === 'keep',
    'nothing',
  ],
  [
    'no session, and what is stored goes too',
    (given) => isAnySession(given) && !given.hasSession && given.unset === 'destroy',
    'destroy',
  ],
  ['a session to be stored', (given) => isThere(given) && mustSave(given), 'save'],
  [
    'a known session, stored as it is',
    (given) => isThere(given) && !mustSave(given) && given.isIncoming && given.canTouch,
    'touch',
  ],
  [
    'such a one in a store that touches nothing',
    (given) => isThere(given) && !mustSave(given) && given.isIncoming && !given.canTouch,
    'nothing',
  ],
  [
    'a new session, stored already or not wanted',
    (given) => isThere(given) && !mustSave(given) && !given.isIncoming,
    'nothing',
  ],
]

/** When a cookie is sent. */
const cookies: readonly (readonly [rule: string, applies: Applies, sendCookie: boolean])[] = [
  ['without a session or an id: none', (given) => !isThere(given), false],
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
    'for a new session with nothing in it: none',
    (given) => isThere(given) && !given.isIncoming && !given.saveUninitialized && !given.isModified,
    false,
  ],
  ['for a known session with each response', (given) => isThere(given) && given.isIncoming && given.rolling, true],
  [
    'for a known session whose cookie has a time, when it was modified',
    (given) => isThere(given) && given.isIncoming && !given.rolling && given.isPersistent && given.isModified,
    true,
  ],
  [
    'for any other known session: none',
    (given) => isThere(given) && given.isIncoming && !given.rolling && !(given.isPersistent && given.isModified),
    false,
  ],
]

describe('what is to be done at the end of a request', () => {
  it.each(actions)('%s', (_rule, applies, action) => {
    const given = cases.filter(applies)
    expect(given.length).toBeGreaterThan(0)
    for (const one of given) expect({ ...one, action: decideOutcome(one, one).action }).toEqual({ ...one, action })
  })

  it('is decided for each case by one of these rules', () => {
    for (const one of cases) expect(actions.filter(([, applies]) => applies(one))).toHaveLength(1)
  })
})

describe('the cookie', () => {
  it.each(cookies)('is sent %s', (_rule, applies, sendCookie) => {
    const given = cases.filter(applies)
    expect(given.length).toBeGreaterThan(0)
    for (const one of given) {
      expect({ ...one, sendCookie: decideOutcome(one, one).sendCookie }).toEqual({ ...one, sendCookie })
    }
  })

  it('is decided for each case by one of these rules', () => {
    for (const one of cases) expect(cookies.filter(([, applies]) => applies(one))).toHaveLength(1)
  })
})
