/** What a request's end is decided by. */
export interface Facts {
  readonly hasSession: boolean
  /** The request goes on without the store. */
  readonly isReadOnly: boolean
  /** Whether `req.sessionID` is a string; an application can make it something else. */
  readonly hasId: boolean
  /** The id is the one that the request brought. */
  readonly isIncoming: boolean
  /** Other values than when it was loaded or made, or another id. */
  readonly isModified: boolean
  /** What it holds was stored by this request, or with `resave: false` was found stored. */
  readonly isSaved: boolean
  /** This request has stored it. */
  readonly wasSaved: boolean
  /** Its cookie outlasts the browser. */
  readonly isPersistent: boolean
  readonly canTouch: boolean
}

export interface Rules {
  readonly saveUninitialized: boolean
  readonly rolling: boolean
  readonly unset: 'keep' | 'destroy'
}

/** What is to be done with the session at the end of a request. */
export interface Outcome {
  readonly action: 'nothing' | 'destroy' | 'save' | 'touch'
  readonly sendCookie: boolean
}

const nothing: Outcome = { action: 'nothing', sendCookie: false }

/** The rules of express-session, in one place. */
export function decideOutcome(facts: Facts, rules: Rules): Outcome {
  const { hasSession, hasId, isReadOnly, isIncoming, isModified } = facts
  if (!hasId && !isReadOnly) return nothing
  if (!hasSession) return rules.unset === 'destroy' ? { action: 'destroy', sendCookie: false } : nothing
  if (isReadOnly) return nothing
  const isUninitialized = !rules.saveUninitialized && !facts.wasSaved && !isIncoming
  const mustSave = isUninitialized ? isModified : !facts.isSaved
  const keepAction = isIncoming && facts.canTouch ? 'touch' : 'nothing'
  return {
    action: mustSave ? 'save' : keepAction,
    sendCookie: isIncoming
      ? rules.rolling || (facts.isPersistent && isModified)
      : rules.saveUninitialized || isModified,
  }
}
