import type { RootDatabase } from 'lmdb'
import { bytesLeft, diskFullError, removalsThatFit } from './disk-space.js'

/**
 * Runs a synchronous step in a write transaction that excludes all other processes, and resolves once it is on the disk. Waiting steps
 * share one transaction: if one throws, or the commit fails, all of it is undone and all of them reject. A step that adds more bytes than
 * the disk has left rejects with `StoreFullError` alone.
 */
export type Write = <Result>(step: () => Result, addedBytes?: number) => Promise<Result>

interface WaitingStep {
  readonly addedBytes: number
  readonly run: () => unknown
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
}

/** Writes to `root` in turn with all other processes that have the same `guard`. */
export function writeInBatches(guard: RootDatabase, root: RootDatabase, folder: string): Write {
  let waiting: WaitingStep[] = []

  async function commitWaiting(): Promise<void> {
    let batch: WaitingStep[] = []
    let areMoreWaiting = false
    try {
      // Waits for the guard off the event loop; once it is held, the synchronous transaction begins at once.
      await guard.transaction(() => {
        const left = bytesLeft(folder)
        // On a full disk a few at a time, each on what the ones before have freed.
        batch = rejectTooLarge(waiting.splice(0, removalsThatFit(left)), left)
        areMoreWaiting = waiting.length > 0
        const results = root.transactionSync(() => batch.map(({ run }) => run()))
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] as never)
      })
    } catch (error) {
      if (batch.length === 0) [batch, waiting] = [waiting, []]
      for (const { reject } of batch) reject(error)
    }
    if (areMoreWaiting) void commitWaiting()
  }

  return (run, addedBytes = 0) =>
    new Promise((resolve, reject) => {
      waiting.push({ addedBytes, run, resolve, reject })
      if (waiting.length === 1) void commitWaiting()
    })
}

/** The steps for which there is room, in their order; rejects the others. */
function rejectTooLarge(steps: readonly WaitingStep[], bytes: number): WaitingStep[] {
  let left = bytes
  return steps.filter(({ addedBytes, reject }) => {
    if (addedBytes > 0 && addedBytes > left) {
      reject(diskFullError())
      return false
    }
    left -= addedBytes
    return true
  })
}
