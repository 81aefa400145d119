import { StoreUnavailableError } from '../errors.js'
import type { CircuitBreakers } from './circuit-breakers.js'
import { Deadline, Deadlines } from './deadlines.js'
import { performance } from './timers.js'

/** A few calls to a store that belong together and share one deadline. */
export class Operation extends Deadline {
  readonly #breakers: CircuitBreakers | undefined

  constructor(at: number, lateError: () => Error, breakers: CircuitBreakers | undefined) {
    super(at, lateError)
    this.#breakers = breakers
  }

  /**
   * Makes one call to the store. `session` names the session that it is about, so that a circuit breaker can tell whether one visitor
   * or everybody is affected.
   */
  async call<Value>(call: () => Promise<Value>, session?: string): Promise<Value> {
    const breakers = this.#breakers
    if (breakers === undefined) return this.within(call())
    if (this.hasPassed) throw this.lateError()
    const begun = performance.now()
    const breaker = breakers.admit(session, begun)
    try {
      const answer = await this.within(call())
      breaker.succeeded(performance.now())
      return answer
    } catch (error) {
      throw breakers.failed({ breaker, session, begun }, error)
    }
  }
}

/** Creates an operation of a store's own class. */
type Make<Kind extends Operation> = (at: number, lateError: () => Error, breakers: CircuitBreakers | undefined) => Kind

interface OperationsOptions<Kind extends Operation> {
  /** How long one operation may take, in ms. */
  readonly deadlineMs: number
  /** Without them, every call is made, and its error is passed on unchanged. */
  readonly breakers?: CircuitBreakers
  /** The message of the error for a late operation. */
  readonly lateMessage?: string
  readonly make: Make<Kind>
}

/** Runs operations on one store, so that callers get an answer in time even if the store hangs or fails. */
export class Operations<Kind extends Operation = Operation> {
  readonly deadlineMs: number
  readonly #deadlines: Deadlines
  readonly #breakers: CircuitBreakers | undefined
  readonly #make: Make<Kind>
  readonly #lateError: () => Error

  constructor({ deadlineMs, breakers, lateMessage, make }: OperationsOptions<Kind>) {
    const message = lateMessage ?? `The session store did not answer within ${deadlineMs} ms.`
    this.deadlineMs = deadlineMs
    this.#deadlines = new Deadlines(deadlineMs)
    this.#breakers = breakers
    this.#make = make
    this.#lateError = () => new StoreUnavailableError(message, undefined, 'silent')
  }

  /** Runs `work` under one deadline. Besides `operation.call`, it should await everything through `operation.within`. */
  async run<Value>(work: (operation: Kind) => Promise<Value>): Promise<Value> {
    const operation = this.#make(this.#deadlines.next(), this.#lateError, this.#breakers)
    this.#deadlines.start(operation)
    try {
      return await work(operation)
    } finally {
      this.#deadlines.finish(operation)
    }
  }
}

/** Operations of plain calls. */
export function plainOperations(options: Omit<OperationsOptions<Operation>, 'make'>): Operations {
  const make: Make<Operation> = (at, lateError, breakers) => new Operation(at, lateError, breakers)
  return new Operations({ ...options, make })
}
