import type { SessionStore } from 'sessera'

/** A store that a case opened. */
export interface OpenedStore {
  readonly store: SessionStore
  /** Called when the case is over, passed or not. Closes the stores (a case may have done so already) and what else was opened. */
  close(): Promise<void>
}

/** A working store, opened for one case. */
export interface StoreUnderTest extends OpenedStore {
  /**
   * The same sessions as another process sees them: another store object with a connection of its own. Required if the store
   * declares `atomicity: 'store'`; left out if it declares `'process'`.
   */
  readonly second?: SessionStore
  /**
   * Lets at least `ms` milliseconds pass for both views: advances their fake clock, or really waits if the harness declares
   * `realTime`.
   */
  advance(ms: number): void | Promise<void>
}

/** A store that is opened while its backend is down. */
export interface InterruptedStore extends OpenedStore {
  /** Starts the backend again. Resolves when the store should work. */
  recover(): Promise<void>
}

/**
 * What the conformance suite needs to know about a store. Optional members declare what the store can do; cases for what is left out
 * are skipped, with the reason.
 *
 * @example A store for one process, with a clock that can be moved:
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
 * @example A store on a server that has its own clock:
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
  /** The store's own `atomicity`. For `'store'`, races run between two views of the same sessions. */
  readonly atomicity: SessionStore['atomicity']
  /**
   * Set it if the store's clock cannot be moved. Cases then use lifetimes of at most 100 ms, wait at most 200 ms each, and skip what
   * only a fake clock can show: that a session ends at the exact millisecond.
   */
  readonly realTime?: boolean
  /** Whether the store has `users`. Default: `false`. */
  readonly users?: boolean
  /** Whether the store has `list`. Default: `false`. */
  readonly list?: boolean
  /** Whether the store has `journal`. Default: `false`. */
  readonly journal?: boolean
  /** Whether the store has `announcements`. Default: `false`. */
  readonly announcements?: boolean
  /** The longest lifetime in ms, if the backend sets a limit below 90 days. */
  readonly maxLifetimeMs?: number
  /**
   * Opens the store for one case. Cases may run at the same time and must not affect each other; each uses new random handles, so
   * they may share a backend.
   */
  open(): Promise<StoreUnderTest>
  /**
   * Opens a store whose backend is really unreachable, such as a client of a closed port that does not retry. Its calls must reject
   * within 3 s. Leave it out if nothing in the store can fail.
   */
  unreachable?(): Promise<OpenedStore>
  /** Like `unreachable`, with a backend that can be started again. */
  interrupted?(): Promise<InterruptedStore>
}
