import { emitEvent } from '../../events.js'
import type { Handle } from '../../store.js'
import type { SessionRecord } from '../record/record.js'
import type { StoreOperations } from '../store-operations.js'
import { replaceRecord } from './write-record.js'

/**
 * Renewals in the background: they neither delay the response nor set a cookie, and a failure is an event, not an error. If another
 * writer was faster, it has renewed the session as well.
 */
export class Renewals {
  readonly #operations: StoreOperations
  readonly #running = new Map<Handle, Promise<void>>()

  constructor(operations: StoreOperations) {
    this.#operations = operations
  }

  /** Starts a renewal, unless this process is renewing the session already. */
  start(record: SessionRecord): void {
    const { handle } = record.head
    if (this.#running.has(handle)) return
    const renewal = this.#renew(record).finally(() => this.#running.delete(handle))
    this.#running.set(handle, renewal)
  }

  /** Waits for running renewals. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values())
  }

  async #renew(record: SessionRecord): Promise<void> {
    const { handle } = record.head
    try {
      const result = await this.#operations.run((operation) =>
        replaceRecord(operation, record, (current) => current, { verb: 'renew', onConflict: 'give-up' }),
      )
      if (result.status === 'written') emitEvent('renewed', { handle })
    } catch (error) {
      emitEvent('renewal-failed', { handle, error })
    }
  }
}
