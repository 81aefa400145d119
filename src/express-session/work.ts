import type { GuardedCalls } from '../core/guard.js'
import type { Keeper } from './keeper.js'

/** What one request has begun with its sessions: one thing after the other, and the response after all of them. */
export class Work {
  readonly #keeper: Keeper
  #last: Promise<unknown> = Promise.resolve()
  #hasFailed = false
  #refusal: Error | undefined
  readonly #underWay = new Set<Promise<void>>()

  constructor(keeper: Keeper) {
    this.#keeper = keeper
  }

  /** One after the other: what is stored must not overtake what is destroyed. The waiting counts as part of the operation. */
  inOrder<Value>(begin: (calls: GuardedCalls) => Promise<Value>): Promise<Value> {
    const last = this.#last
    const work = this.#keeper.operate(async (calls) => {
      await calls.within(last)
      if (this.#refusal !== undefined) throw this.#refusal
      return begin(calls)
    })
    const note = (hasFailed: boolean) => (): void => {
      this.#hasFailed = hasFailed
    }
    this.#last = work.then(note(false), note(true))
    return work
  }

  /** The same, and the response waits for it. */
  tracked(begin: (calls: GuardedCalls) => Promise<void>): Promise<void> {
    const work = this.inOrder(begin)
    this.answerFor(work.catch(() => {}))
    return work
  }

  /** The response waits for this, and fails with it. */
  answerFor(work: Promise<void>): void {
    this.#underWay.add(work)
    const forget = (): void => {
      this.#underWay.delete(work)
    }
    work.then(forget, forget)
  }

  /** From now on nothing is asked of the store: each attempt fails with this. */
  refuse(error: Error): void {
    this.#refusal = error
  }

  get isRefused(): boolean {
    return this.#refusal !== undefined
  }

  /** Whether the last thing that was asked of the store failed. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** Whether nothing is under way. */
  get isSettled(): boolean {
    return this.#underWay.size === 0
  }

  /**
   * Does this when what is under way is over; all together have the time of one operation. Rejects when something of that fails which
   * nobody else is told of.
   */
  whenSettled<Value>(act: () => Value | Promise<Value>): Promise<Value> {
    return this.#keeper.operate(async (calls) => {
      await calls.within(Promise.all(this.#underWay))
      return calls.within(Promise.resolve(act()))
    })
  }
}
