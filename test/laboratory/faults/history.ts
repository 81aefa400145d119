/** What a visitor does. */
export type Kind = 'sign-in' | 'read' | 'add' | 'rotate' | 'sign-out'

/** One request, with the moments of its start and end in ms since the load began. */
export interface Operation {
  readonly kind: Kind
  readonly user: string
  /** Which of the run's sessions its cookie was for: each sign-in begins one. */
  readonly session: number
  /** What was added. */
  readonly element?: string
  readonly startedAt: number
  readonly endedAt: number
  /** 0 when there was no answer. */
  readonly status: number
  /** Who is signed in, as the answer says. */
  readonly owner?: string
  /** All that was added to the session, as the answer to a read says. */
  readonly elements?: readonly string[]
  readonly setsCookie?: boolean
  /** Of a session that has, or is given, something large. */
  readonly isLarge?: boolean
  /** The visitor went away on purpose, before there was an answer. */
  readonly isAbandoned?: boolean
}

/**
 * `ok`: it was done. `refused`: it was not, as nobody is signed in. `unknown`: it failed, and may have been done all the same,
 * now or later.
 */
export type Outcome = 'ok' | 'refused' | 'unknown'

export function outcomeOf({ status }: Pick<Operation, 'status'>): Outcome {
  if (status === 200 || status === 302) return 'ok'
  return status === 401 || status === 409 ? 'refused' : 'unknown'
}
