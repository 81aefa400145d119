import { RecordMismatchError, StoreRefusedError, StoreUnavailableError } from '../../errors.js'
import { setImmediate } from '../../engine/timers.js'

/** A key that somebody waits for. */
export interface Read {
  readonly key: string
  resolve(value: unknown): void
  reject(error: unknown): void
}

interface GatherOptions {
  /** Sends the command for the first key of a turn at once, and settles it later. Never throws. */
  readFirst(read: Read): void
  /** The same for the others. */
  readRest(reads: readonly Read[]): void
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
export function gatherReads({
  readFirst,
  readRest,
  writesLater,
  turnBegins,
  turnEnded,
}: GatherOptions): (key: string) => Promise<unknown> {
  let replies: Map<string, Promise<unknown>> | undefined
  let held: Read[] = []

  function endTurn(): void {
    const reads = held
    replies = undefined
    held = []
    if (reads.length > 0) readRest(reads)
    turnEnded?.()
  }

  return (key) => {
    if (replies === undefined) {
      replies = new Map()
      // Before the client schedules its own write, so that all commands of the turn leave together.
      setImmediate(endTurn)
      turnBegins?.()
      const first = new Promise((resolve, reject) => readFirst({ key, resolve, reject }))
      if (writesLater) replies.set(key, first)
      return first
    }
    const same = replies.get(key)
    if (same !== undefined) return same.catch((error: unknown) => Promise.reject(ownError(error) as Error))
    const reply = new Promise((resolve, reject) => void held.push({ key, resolve, reject }))
    replies.set(key, reply)
    return reply
  }
}

/** An error object for one of several readers, because unhandled rejections are tracked by their error. */
export function ownError(error: unknown): unknown {
  if (error instanceof RecordMismatchError) return new RecordMismatchError()
  if (error instanceof StoreRefusedError) return new StoreRefusedError(error.message, error)
  if (error instanceof StoreUnavailableError) return new StoreUnavailableError(error.message, error, error.reason)
  return error
}
