import type { SessionStore } from 'sessera'

/** A store that a case opened. */
export interface OpenedStore {
  readonly store: SessionStore
  /** Called when the case is over, whatever came of it. Closes the stores and what the harness opened for them. */
  close(): Promise<void>
}

/** A working store, opened for one case. */
export interface StoreUnderTest extends OpenedStore {
  /**
   * The same sessions as another process sees them: another store object with a connection of its own. Required where
   * the store declares `atomicity: 'store'`, left out where it declares `'process'`.
   */
  readonly second?: SessionStore
  /**
   * Lets at least `ms` milliseconds pass for both views: moves the fake clock they were given, or really waits when the
   * harness declares `realTime`.
   */
  advance(ms: number): void | Promise<void>
}

/** A store whose backend is down when it is opened, and can be brought back. */
export interface InterruptedStore extends OpenedStore {
  /** Brings the backend back. Resolves when the store can be expected to work again. */
  recover(): Promise<void>
}

/**
 * What the conformance suite needs to know of a store. Its optional members declare what the store can do; what they
 * leave out is skipped, with the reason.
 *
 * @example A store whose clock can be moved, for one process:
 * ```ts
 * import { describe, it } from 'vitest'
 * import { describeStore, fakeClock } from 'sessera/testing'
 *
 * describeStore({ describe, it }, 'my store', {
 *   atomicity: 'process',
 *   async open() {
 *     const clock = fakeClock()
 *     const store = myStore({ now: clock.now })
 *     return { store, advance: clock.advance, close: () => store.close() }
 *   },
 * })
 * ```
 *
 * @example A store on a server, which has a clock of its own:
 * ```ts
 * describeStore({ describe, it }, 'my store', {
 *   atomicity: 'store',
 *   realTime: true,
 *   async open() {
 *     const table = `sessions_${randomUUID()}`
 *     const [store, second] = [myStore({ url, table }), myStore({ url, table })]
 *     return {
 *       store,
 *       second,
 *       advance: (ms) => setTimeout(ms), // of node:timers/promises
 *       close: async () => void (await Promise.all([store.close(), second.close()])),
 *     }
 *   },
 *   async unreachable() {
 *     const store = myStore({ url: urlOfAClosedPort, retries: 0 })
 *     return { store, close: () => store.close() }
 *   },
 * })
 * ```
 */
export interface StoreHarness {
  /** What the store's own `atomicity` says. For `'store'` the races are run between two views of the same sessions. */
  readonly atomicity: SessionStore['atomicity']
  /**
   * Set for a store whose clock cannot be moved. The cases then use lifetimes of at most 100 ms, wait at most 200 ms each,
   * and leave out what only a fake clock can show: that a session ends at its very millisecond.
   */
  readonly realTime?: boolean
  /** The longest lifetime that the store can keep, in ms, where its backend sets a limit. Left out where 90 days are nothing to it. */
  readonly maxLifetimeMs?: number
  /**
   * Opens the store for one case, without sessions of other cases that it could disturb or be disturbed by (handles are
   * fresh in each case). Cases may run at the same time.
   */
  open(): Promise<StoreUnderTest>
  /**
   * Opens a store whose backend is really unreachable, such as a client of a closed port that does not retry. It must
   * reject within 3 s. Left out for a store in which nothing can fail.
   */
  unreachable?(): Promise<OpenedStore>
  /** Opens a store as `unreachable` does, with a backend that can be brought back. Left out where that cannot be arranged. */
  interrupted?(): Promise<InterruptedStore>
}
