import type { Handle } from '../../store.js'
import { emitEvent } from '../../events.js'
import type { StoreOperations } from '../store-operations.js'
import type { Policy } from '../policy.js'
import type { Known } from '../cookie/verify-token.js'
import { replaceRecord } from './write.js'

/**
 * Renewals run beside the response: they hold no byte back and send no cookie, and their failure is an event, never a failed
 * request. If somebody else wrote meanwhile, that renewed the session too.
 */
export class Renewals {
  readonly #policy: Policy
  readonly #operations: StoreOperations
  readonly #running = new Map<Handle, Promise<void>>()

  constructor(policy: Policy, operations: StoreOperations) {
    this.#policy = policy
    this.#operations = operations
  }

  /** Starts one, unless this process is renewing the session already. */
  start(known: Known): void {
    const { handle } = known.head
    if (this.#running.has(handle)) return
    const renewal = this.#renew(known).finally(() => this.#running.delete(handle))
    this.#running.set(handle, renewal)
  }

  /** Resolves when those under way are done. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values())
  }

  async #renew(known: Known): Promise<void> {
    const { handle } = known.head
    try {
      const result = await this.#operations.run((operation) =>
        replaceRecord(operation, this.#policy, known, (current) => current, { once: true, renews: true }),
      )
      if (result.status === 'written') emitEvent('renewed', { handle })
    } catch (error) {
      emitEvent('renewal-failed', { handle, error })
    }
  }
}
