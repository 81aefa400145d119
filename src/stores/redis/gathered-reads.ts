import { RecordMismatchError, StoreRefusedError, StoreUnavailableError } from '../../errors.js'
import { setImmediate } from '../../engine/timers.js'

/** A key that somebody waits for. */
export interface Read {
  readonly key: string
  resolve(reply: unknown): void
  reject(error: unknown): void
}

interface GatherOptions<Value> {
  /** Sends the command for the first key of a turn at once, and settles it later. Never throws. */
  readFirst(read: Read): void
  /** The same for the others. */
  readRest(reads: readonly Read[]): void
  /** What a reply stands for. What it throws, the readers get as their error. */
  valueOf(reply: unknown, key: string): Value
  /** The same for an error. By default, the readers get the error. */
  valueOfError?(error: unknown): Value
  /** Whether the client itself writes what it is given only when the turn ends. */
  readonly writesLater: boolean
  /** Called before the first read of a turn is sent. */
  turnBegins?(): void
  /** Called when the last read of a turn has been sent. */
  turnEnded?(): void
}

/**
 * Gathers the keys that are asked for in one turn of the event loop, which serves all sockets that have become readable. The first
 * is read at once, so that a request that is alone never waits; the others together when the turn ends.
 *
 * A key that is asked for again in the same turn is read once more only if the first command may have reached the server already:
 * a reply must not be older than the question.
 */
export function gatherReads<Value>(options: GatherOptions<Value>): (key: string) => Promise<Value> {
  let replies: Map<string, Promise<Value>> | undefined
  let held: Read[] = []

  function endTurn(): void {
    const reads = held
    replies = undefined
    held = []
    if (reads.length > 0) options.readRest(reads)
    options.turnEnded?.()
  }

  return (key) => {
    if (replies === undefined) {
      replies = new Map()
      // Before the client schedules its own write, so that all commands of the turn leave together.
      setImmediate(endTurn)
      options.turnBegins?.()
      const first = new Promise<Value>((resolve, reject) =>
        options.readFirst(new Waiting(key, options, resolve, reject)),
      )
      if (options.writesLater) replies.set(key, first)
      return first
    }
    const same = replies.get(key)
    if (same !== undefined) return same.catch((error: unknown) => Promise.reject(ownError(error) as Error))
    const reply = new Promise<Value>((resolve, reject) => void held.push(new Waiting(key, options, resolve, reject)))
    replies.set(key, reply)
    return reply
  }
}

/** A read whose readers get what its reply stands for. */
class Waiting<Value> implements Read {
  readonly key: string
  readonly #options: GatherOptions<Value>
  readonly #resolve: (value: Value) => void
  readonly #reject: (error: unknown) => void

  constructor(
    key: string,
    options: GatherOptions<Value>,
    resolve: (value: Value) => void,
    reject: (error: unknown) => void,
  ) {
    this.key = key
    this.#options = options
    this.#resolve = resolve
    this.#reject = reject
  }

  resolve(reply: unknown): void {
    try {
      this.#resolve(this.#options.valueOf(reply, this.key))
    } catch (error) {
      this.#reject(error)
    }
  }

  reject(error: unknown): void {
    try {
      if (this.#options.valueOfError === undefined) this.#reject(error)
      else this.#resolve(this.#options.valueOfError(error))
    } catch (finalError) {
      this.#reject(finalError)
    }
  }
}

/** An error object for one of several readers, because unhandled rejections are tracked by their error. */
export function ownError(error: unknown): unknown {
  if (error instanceof RecordMismatchError) return new RecordMismatchError()
  if (error instanceof StoreRefusedError) return new StoreRefusedError(error.message, error)
  if (error instanceof StoreUnavailableError) return new StoreUnavailableError(error.message, error, error.reason)
  return error
}
