import { SesseraError } from './sessera-error.js'

/**
 * All sessions of the user were ended while this request signed the user in, so it did not. What it had checked, such as a password, may no
 * longer be true.
 */
export class SignInRevokedError extends SesseraError {
  readonly code = 'SIGN_IN_REVOKED'

  constructor() {
    super(
      'The sessions of this user were ended while this request signed in: let the user sign in again. A request that ends the ' +
        "user's sessions and signs in itself passes { except: session } to end().",
      { status: 409 },
    )
  }
}

/** The user has as many sessions as `maxSessionsPerUser` allows, and `onOverflow` is `refuse`. */
export class SessionLimitError extends SesseraError {
  readonly code = 'SESSION_LIMIT'

  constructor(most: number) {
    super(`The user has ${most} sessions, as many as maxSessionsPerUser allows: let the user end one first.`, {
      status: 409,
    })
  }
}

/** Nobody is signed in. `requireUser()` and `requireRecentSignIn()` pass it on; `signedInUser()` and `session.reauthenticate()` throw it. */
export class NotSignedInError extends SesseraError {
  readonly code = 'NOT_SIGNED_IN'

  constructor() {
    super('Nobody is signed in to this session: let the visitor sign in first.', { status: 401 })
  }
}

/** The user signed in too long ago for this request. `requireRecentSignIn()` passes it on. */
export class RecentSignInRequiredError extends SesseraError {
  readonly code = 'RECENT_SIGN_IN_REQUIRED'

  constructor() {
    super(
      'The user signed in too long ago for this: let them prove again who they are, then call session.reauthenticate().',
      {
        status: 403,
      },
    )
  }
}
