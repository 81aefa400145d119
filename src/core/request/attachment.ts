/** By whom a session was attached to its request. The adapter sets it. */
export interface Attachment {
  sessions?: unknown
  /** Why the session is anonymous, if the store was unavailable. */
  outage?: unknown
}

/** Where a session has it. The same for another copy of this package. */
export const attachment: unique symbol = Symbol.for('sessera.attachment') as never

export interface Attachable {
  readonly [attachment]: Attachment
}
