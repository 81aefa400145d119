import type { EndReason } from '../../events.js'
import type { Device } from '../../options.js'
import { isHandle, type Handle } from '../../store.js'

/** How a session of the user ended. */
export interface JournalEntry {
  readonly handle: Handle
  /** When it ended, or when it was noticed to have expired, in ms since the epoch by the store's clock. */
  readonly at: number
  readonly reason: EndReason | 'expired'
  /** The session of the user that ended it, if that is known. */
  readonly by: Handle | undefined
  /** What its sign-in was given. */
  readonly label: string | undefined
  /** What its sign-in was given. */
  readonly device: Device | undefined
}

/** How many entries a user's journal has at most: the latest. */
export const mostEntries = 100

export function encodeEntry(entry: JournalEntry): string {
  return JSON.stringify(entry)
}

/** The entries of a journal that can be read. */
export function decodeEntries(texts: readonly string[]): readonly JournalEntry[] {
  return texts.map(decodeEntry).filter((entry) => entry !== undefined)
}

function decodeEntry(text: string): JournalEntry | undefined {
  try {
    const { handle, at, reason, by, label, device } = JSON.parse(text) as Partial<JournalEntry>
    if (handle === undefined || !isHandle(handle) || typeof at !== 'number' || reason === undefined) return undefined
    return { handle, at, reason, by, label, device }
  } catch {
    return undefined
  }
}
