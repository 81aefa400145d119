import { emitEvent } from '../../events.js'
import type { Handle } from '../../store.js'
import { absoluteDeadline } from '../policy.js'
import type { RecordHead, SessionRecord } from '../record/record.js'
import type { StoreOperation, StoreOperations } from '../store-operations.js'
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
      await this.#operations.run(async (operation) => {
        const options = { verb: 'renew', onConflict: 'give-up' } as const
        const result = await replaceRecord(operation, record, (current) => current, options)
        if (result.status !== 'written') return
        emitEvent('renewed', { handle })
        await this.#addAgain(operation, record.head)
      })
    } catch (error) {
      emitEvent('renewal-failed', { handle, error })
    }
  }

  /** Puts the session back into the index of its user, if that was lost. */
  async #addAgain({ users, policy }: StoreOperation, head: RecordHead): Promise<void> {
    const { handle, userId } = head
    if (userId === undefined || users === undefined) return
    const openedAt = this.#operations.moment()
    await users.add(userId, { handle, openedAt, lifetimeMs: absoluteDeadline(policy, head) - this.#operations.now() })
  }
}
