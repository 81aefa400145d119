export type Values = Record<string, unknown>

/** A secret, which nobody may know yet. It is the session's as long as the session says so. */
export interface Secret {
  readonly handle: string
}

/** A session as it ought to be stored. */
export interface ModelSession {
  readonly handle: string
  secret: Secret
  /** The secrets before, the last one first. */
  superseded: { readonly secret: Secret; readonly at: number; readonly by: 'rotate' | 'sign-in' }[]
  userId: string | undefined
  beganAt: number
  lastSeenAt: number
  data: Values
  /** How many writes led to this, and how many of them were sign-ins. */
  writes: number
  signIns: number
  isRemoved: boolean
}

/** What whoever comes with a secret is to find. */
export interface View {
  readonly tokenStatus: 'current' | 'rotated' | 'replaced-by-sign-in' | 'none'
  /** Where it is replaced, what it may end, and no more. */
  readonly session?: ModelSession
}

/** The policy of the model; the clock moves in steps that cross each of these limits. */
export const policy = { idleTimeout: 1_800_000, absoluteTimeout: 3_600_000, rotationGrace: 5_000, deadline: 10_000 }

export function endsAt({ beganAt, lastSeenAt }: ModelSession): number {
  return Math.min(lastSeenAt + policy.idleTimeout, beganAt + policy.absoluteTimeout)
}

export function isAlive(session: ModelSession, now: number): boolean {
  return !session.isRemoved && now < endsAt(session)
}

const noSession: View = { tokenStatus: 'none' }

export function viewOf(session: ModelSession | undefined, secret: Secret, now: number): View {
  if (session === undefined || !isAlive(session, now)) return noSession
  if (session.secret === secret) return { tokenStatus: 'current', session }
  const { superseded } = session
  const index = superseded.findIndex((earlier) => earlier.secret === secret)
  const found = superseded[index]
  if (found === undefined || now - found.at > policy.rotationGrace) return noSession
  const isReplaced = superseded.slice(0, index + 1).some(({ by }) => by === 'sign-in')
  return { tokenStatus: isReplaced ? 'replaced-by-sign-in' : 'rotated', session }
}
