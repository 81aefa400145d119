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
    return this.callAt(performance.now(), call, session, same)
  }

  /** The same at a known time, for what `read` makes of the result. As the only call of its operation, it ends its deadline among `running`. */
  callAt<Value, Result>(
    now: number,
    call: () => Promise<Value>,
    session: string | undefined,
    read: (value: Value, operation: this) => Result,
    running?: Deadlines,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.hasPassed) return reject(this.lateError())
      let admitted: AdmittedCall | undefined
      let promise: Promise<Value>
      const isOver = (): boolean => {
        running?.finish(this)
        return this.stopWaiting(fail)
      }
      const fail = (error: unknown): void => {
        if (isOver()) reject(this.failure(admitted, error))
      }
      this.startWaiting(fail)
      try {
        admitted = this.#breakers?.admit(session, now)
        promise = Promise.resolve(call())
      } catch (error) {
        return fail(error)
      }
      promise.then((value) => {
        if (!isOver()) return
        if (admitted?.breaker.succeeded() === true) emitEvent('store-recovered', {})
        try {
          resolve(read(value, this))
        } catch (error) {
          reject(error)
        }
      }, fail)
    })
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
    const operation = this.#start()
    return operation.callAt(operation.at - this.deadlineMs, call, session, read, this.#deadlines)
  }

  #start(): Kind {
    const operation = this.#make(this.#deadlines.next(), this.#lateError, this.#breakers)
    this.#deadlines.start(operation)
    return operation
  }
}

/** Operations of plain calls. */
export function plainOperations(options: Omit<OperationsOptions<Operation>, 'make'>): Operations {
  return new Operations({ ...options, make: (at, lateError, breakers) => new Operation(at, lateError, breakers) })
}

function same<Value>(value: Value): Value {
  return value
}
