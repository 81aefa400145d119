import type { Handle } from '../../store.js'
import { emitEvent } from '../../events.js'
import type { GuardedStore } from '../guarded-store.js'
import type { Policy } from '../policy.js'
import type { Known } from '../cookie/verify-token.js'
import { replaceRecord } from './write.js'

/**
 * Renewals run beside the response: they hold no byte back and send no cookie, and their failure is an event, never a failed
 * request. If somebody else wrote meanwhile, that renewed the session too.
 */
export class Renewals {
  readonly #policy: Policy
  readonly #store: GuardedStore
  readonly #running = new Map<Handle, Promise<void>>()

  constructor(policy: Policy, store: GuardedStore) {
    this.#policy = policy
    this.#store = store
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
      const result = await this.#store.operate((calls) =>
        replaceRecord(calls, this.#policy, known, (current) => current, { once: true, renews: true }),
      )
      if (result.status === 'written') emitEvent('renewed', { handle })
    } catch (error) {
      emitEvent('renewal-failed', { handle, error })
    }
  }
}
