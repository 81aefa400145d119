/** The situation that decide what happens to the session at the end of a request. */
export interface Situation {
  readonly hasSession: boolean
  /** The store is unavailable, and the request continues without it. */
  readonly isReadOnly: boolean
  /** Whether `req.sessionID` is a string; an application can make it something else. */
  readonly hasId: boolean
  /** It is the id that the request brought. */
  readonly isIncoming: boolean
  /** Its values, or its id, are not those that it was loaded or created with. */
  readonly isModified: boolean
  /** Its values are those that the request last saw in the store. */
  readonly isStored: boolean
  /** This request stored it. */
  readonly wasSaved: boolean
  /** Its cookie has an expiry. */
  readonly isPersistent: boolean
}

export interface Rules {
  readonly saveUninitialized: boolean
  readonly resave: boolean
  readonly rolling: boolean
  readonly unset: 'keep' | 'destroy'
  /** Whether the store has a `touch`. */
  readonly canTouch: boolean
}

/** What to do with the session at the end of a request. */
export interface CommitPlan {
  readonly action: 'nothing' | 'destroy' | 'save' | 'touch'
  readonly sendCookie: boolean
}

const nothing: CommitPlan = { action: 'nothing', sendCookie: false }

/** The rules of express-session, in one place. */
export function planCommit(situation: Situation, rules: Rules): CommitPlan {
  const { hasSession, hasId, isReadOnly, isIncoming, isModified } = situation
  if (!hasId && !isReadOnly) return nothing
  if (!hasSession) return rules.unset === 'destroy' ? { action: 'destroy', sendCookie: false } : nothing
  if (isReadOnly) return nothing
  const isUninitialized = !rules.saveUninitialized && !situation.wasSaved && !isIncoming
  const isSaved = situation.isStored && (situation.wasSaved || !rules.resave)
  const mustSave = isUninitialized ? isModified : !isSaved
  const keepAction = isIncoming && rules.canTouch ? 'touch' : 'nothing'
  return {
    action: mustSave ? 'save' : keepAction,
    sendCookie: isIncoming
      ? rules.rolling || (situation.isPersistent && isModified)
      : rules.saveUninitialized || isModified,
  }
}
