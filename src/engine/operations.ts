import { StoreUnavailableError } from '../errors.js'
import { emitEvent } from '../events.js'
import type { AdmittedCall, CircuitBreakers } from './circuit-breakers.js'
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
  call<Value>(call: () => Promise<Value>, session?: string): Promise<Value> {
    return new Promise((resolve, reject) => this.settle(call, session, performance.now(), resolve, reject))
  }

  /** The same for a caller with callbacks. One of them is called once, with what the call resolves to or with `failure`. */
  settle<Value>(
    call: () => Promise<Value>,
    session: string | undefined,
    now: number,
    resolve: (value: Value) => void,
    reject: (error: unknown) => void,
  ): void {
    if (this.hasPassed) return reject(this.lateError())
    let admitted: AdmittedCall | undefined
    const fail = (error: unknown): void => reject(this.failure(admitted, error))
    let promise: Promise<Value>
    try {
      admitted = this.#breakers?.admit(session, now)
    } catch (error) {
      return reject(error)
    }
    try {
      promise = Promise.resolve(call())
    } catch (error) {
      return fail(error)
    }
    this.wait(
      promise,
      (value) => {
        if (admitted?.breaker.succeeded() === true) emitEvent('store-recovered', {})
        resolve(value)
      },
      fail,
    )
  }

  /** The error to reject a failed call with. */
  protected failure(call: AdmittedCall | undefined, cause: unknown): unknown {
    return call === undefined ? cause : this.#breakers?.failed(call, cause)
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
    const operation = this.#start()
    try {
      return await work(operation)
    } finally {
      this.#deadlines.finish(operation)
    }
  }

  /**
   * Runs an operation of one call, and resolves to what `read` makes of its result. The same as `run` with one `call`, at a third of
   * the cost: every request does this.
   */
  runOne<Value, Result>(
    call: () => Promise<Value>,
    session: string | undefined,
    read: (value: Value, operation: Kind) => Result,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      const operation = this.#start()
      const fail = (error: unknown): void => {
        this.#deadlines.finish(operation)
        reject(error)
      }
      const succeed = (value: Value): void => {
        this.#deadlines.finish(operation)
        try {
          resolve(read(value, operation))
        } catch (error) {
          reject(error)
        }
      }
      operation.settle(call, session, operation.at - this.deadlineMs, succeed, fail)
    })
  }

  #start(): Kind {
    const operation = this.#make(this.#deadlines.next(), this.#lateError, this.#breakers)
    this.#deadlines.start(operation)
    return operation
  }
}

/** Operations of plain calls. */
export function plainOperations(options: Omit<OperationsOptions<Operation>, 'make'>): Operations {
  const make: Make<Operation> = (at, lateError, breakers) => new Operation(at, lateError, breakers)
  return new Operations({ ...options, make })
}
