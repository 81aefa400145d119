/** By whom a session was attached to its request. */
export interface Attachment {
  readonly sessions: unknown
  /** Why the session is anonymous, if the store was unavailable. */
  readonly outage: unknown
}

/** Where a session keeps it. The same for another copy of this package. */
export const attachment: unique symbol = Symbol.for('sessera.attachment') as never

export interface Attachable {
  [attachment]: Attachment | undefined
}
