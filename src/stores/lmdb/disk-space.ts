import { statfsSync } from 'node:fs'
import { StoreFullError, StoreRefusedError } from '../../errors.js'

// Kept free for sign-outs: removing needs a few new pages before it frees old ones. It also prevents commits that fail for lack of space,
// after which lmdb may end the process.
const reserve = 1024 * 1024

// "No space left on device", "File too large", "Disk quota exceeded", and lmdb's own MDB_MAP_FULL. lmdb reports a write that was cut short
// for lack of space as "Input/output error".
const fullCodes: readonly unknown[] = [28, 27, 122, -30_792]
const cutShort = 5

// What a removal needs at most: a page of each tree and of each level, which are freed once the transaction is over.
const bytesOfRemoval = 32 * 1024
const fewestRemovals = 8

/** How many bytes can still be stored on the disk of a folder. */
export function bytesLeft(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize - reserve
  } catch {
    return Infinity // lmdb itself will find out
  }
}

/** How many removals one transaction can make when so many bytes can be stored. */
export function removalsThatFit(left: number): number {
  return Math.max(fewestRemovals, Math.floor((left + reserve) / bytesOfRemoval))
}

/** The error for a full disk. Reading still works. */
export function diskFullError(cause?: unknown): StoreFullError {
  return new StoreFullError(cause, 'free space on the disk of its folder')
}

/** What an error of a write says about the disk of that folder; `undefined` if it is about something else. */
export function diskError(error: unknown, folder: string): StoreRefusedError | undefined {
  if (error instanceof StoreRefusedError) return error
  const code = (error as { readonly code?: unknown } | undefined)?.code
  if (fullCodes.includes(code) || (code === cutShort && bytesLeft(folder) < 0)) return diskFullError(error)
  if (code !== cutShort) return undefined
  return new StoreRefusedError(
    'The disk stored only a part of what lmdb wrote; check the disk for errors, and its quotas.',
    error,
  )
}
