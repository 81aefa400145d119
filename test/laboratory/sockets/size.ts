/** How much is measured. */
export interface Size {
  /** Sockets of each library whose users sign out. */
  readonly closing: number
  /** Sockets on one backend on which nothing happens. */
  readonly holding: number
  /** Those whose memory is measured, and for how long they do nothing. */
  readonly weighed: number
  readonly idleMs: number
  /** For how long timers are counted. */
  readonly restMs: number
}

/** As it is published. */
export const full: Size = { closing: 1000, holding: 10_000, weighed: 10_000, idleMs: 60_000, restMs: 12_000 }

/** Small enough for the tests. */
export const small: Size = { closing: 50, holding: 2000, weighed: 300, idleMs: 1, restMs: 1000 }
