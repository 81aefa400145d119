import type { GuardedCalls } from '../../engine/operations.js'
import { SessionEndedError, StoreUnavailableError } from '../../errors.js'
import { performance } from '../../engine/timers.js'
import { tellWhenLost } from '../../engine/unhandled-errors.js'
import { ToldPromises } from '../../engine/floating-promises.js'
import type { Keeper } from '../repositories/repository.js'

/** Whether it is asked for, once, though the store has fallen silent. */
type Insistence = 'also when silent'

/** What one request has begun with its sessions: one thing after the other, and the response after all of them. */
export class Work {
  readonly #keeper: Keeper
  #last: Promise<unknown> = Promise.resolve()
  #failure: { readonly error: unknown } | undefined
  #refusal: Error | undefined
  /** What the store was silent about for a whole deadline. */
  #silence: unknown
  #mayTryAgain = true
  #tellLost: ((error: unknown) => void) | undefined
  readonly #promises = new ToldPromises()

  constructor(keeper: Keeper) {
    this.#keeper = keeper
  }

  /** One after the other: what is stored must not overtake what is destroyed. The waiting counts as part of the operation. */
  inOrder<Value>(begin: (calls: GuardedCalls) => Promise<Value>, insists?: Insistence): Promise<Value> {
    const last = this.#last
    const began = performance.now()
    const work = this.#keeper.operate(async (calls) => {
      await calls.within(last)
      this.assertAllowed()
      this.#assertAnswering(insists)
      return begin(calls)
    })
    this.#last = work.then(
      () => {
        this.#failure = undefined
        this.#silence = undefined
      },
      (error: unknown) => {
        this.#failure = { error }
        if (performance.now() - began >= this.#keeper.deadlineMs && isUnanswered(error)) this.#silence ??= error
      },
    )
    return work
  }

  /** A request waits for a silent store once, and not with each thing that it asks for; but a sign-out is tried once more. */
  #assertAnswering(insists: Insistence | undefined): void {
    if (this.#silence === undefined) return
    if (insists !== undefined && this.#mayTryAgain) this.#mayTryAgain = false
    else
      throw new StoreUnavailableError(
        'The session store did not answer this request before, so that it was not asked again.',
        this.#silence,
      )
  }

  get hasFoundSilence(): boolean {
    return this.#silence !== undefined
  }

  /** The same, and the response waits for it; whoever called is told what becomes of it. */
  tracked(begin: (calls: GuardedCalls) => Promise<void>, insists?: Insistence): Promise<void> {
    const work = this.inOrder(begin, insists)
    const note = (error: unknown): void => this.#tellLost && tellWhenLost(error, this.#tellLost)
    void this.#promises.give(work.catch(note))
    return work
  }

  /** Who is to be told of what fails, where a handler waits for that and nobody for the handler. */
  tellLostTo(tell: (error: unknown) => void): void {
    this.#tellLost = tell
  }

  /** The response waits for this, and fails with it where nobody waits for what is given back. */
  answerFor(work: Promise<void>): Promise<void> {
    return this.#promises.give(work)
  }

  /** From now on nothing is asked of the store: each attempt fails with this. */
  refuse(error: Error): void {
    this.#refusal = error
  }

  assertAllowed(): void {
    if (this.#refusal !== undefined) throw this.#refusal
  }

  get isRefused(): boolean {
    return this.#refusal !== undefined
  }

  /** Whether the last thing that was asked of the store failed. */
  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** What that failed with. */
  get failure(): unknown {
    return this.#failure?.error
  }

  /** Whether nothing is under way, and nothing has failed that nobody was told of. */
  get isSettled(): boolean {
    return this.#promises.isSettled
  }

  /**
   * Does this when what is under way is over; all together have the time of one operation. Rejects when something of that fails which
   * nobody else is told of.
   */
  whenSettled<Value>(act: () => Value | Promise<Value>): Promise<Value> {
    return this.#keeper.operate(async (calls) => {
      await calls.within(this.#settled())
      return calls.within(Promise.resolve(act()))
    })
  }

  /** The same, but it is done whatever failed before; that is told to `onFailure`. */
  whenOver<Value>(onFailure: (error: unknown) => void, act: () => Promise<Value>): Promise<Value> {
    return this.#keeper.operate(async (calls) => {
      await calls.within(this.#settled()).catch(onFailure)
      return act()
    })
  }

  /** That a session was ended meanwhile is no failure of the response. */
  async #settled(): Promise<void> {
    await this.#promises.settled().catch((error: unknown) => {
      if (!(error instanceof SessionEndedError)) throw error
    })
  }
}

function isUnanswered(error: unknown): boolean {
  return error instanceof StoreUnavailableError && !error.answered
}
