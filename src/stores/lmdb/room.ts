import { statfsSync } from 'node:fs'
import { StoreFullError, StoreRefusedError } from '../../errors.js'

// What is left for those who sign out: removing needs a few new pages before it can free old ones. It also keeps lmdb from a commit that
// fails for want of room, after which it may end the process.
const reserve = 1024 * 1024
const advice = 'make room on the disk of its folder'

// "No space left on device", "File too large", "Disk quota exceeded", and lmdb's own MDB_MAP_FULL. A write that was cut short for want of
// room is an "Input/output error" to lmdb.
const fullCodes: readonly unknown[] = [28, 27, 122, -30_792]
const cutShort = 5

/** Takes what is to be stored, one after the other, while there is room for it. */
export interface Room {
  /** Throws StoreFullError where that many bytes would not fit. */
  take(bytes: number): void
}

/** How much room is left on the disk of that folder, now. */
export function roomIn(folder: string): Room {
  let left = bytesLeft(folder) - reserve
  return {
    take(bytes) {
      if (bytes > left) throw new StoreFullError(undefined, advice)
      left -= bytes
    },
  }
}

/** What an error of lmdb says about the disk, if it does: that it takes no more, while reading goes on. */
export function diskError(error: unknown, folder: string): StoreRefusedError | undefined {
  if (error instanceof StoreRefusedError) return error
  const code = (error as { readonly code?: unknown } | undefined)?.code
  if (fullCodes.includes(code)) return new StoreFullError(error, advice)
  if (code !== cutShort) return undefined
  if (bytesLeft(folder) < reserve) return new StoreFullError(error, advice)
  return new StoreRefusedError(
    'The disk took only a part of what lmdb wrote: look for its errors, and for limits.',
    error,
  )
}

function bytesLeft(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return Infinity // then lmdb finds out
  }
}
