import type { Background } from '../../engine/background.js'
import { UnsupportedByStoreError } from '../../errors.js'
import type { Handle } from '../../store.js'
import type { EndReports } from '../ends/end-reports.js'
import type { StoreOperations } from '../store-operations.js'
import { decodeEntries, encodeEntry, mostEntries, type JournalEntry } from './journal.js'

/** The journals of all users, if the option `journal` is set. Entries are written beside the response. */
export interface UserJournals extends Pick<EndReports, 'ended'> {
  /** Sessions of the user were found to be gone. Those whose end is not in the journal have expired. */
  noticed(userId: string, lost: readonly Handle[]): void
  read(userId: string): Promise<readonly JournalEntry[]>
  clear(userId: string): Promise<void>
}

export function userJournal(operations: StoreOperations, background: Background): UserJournals {
  const { journalMs } = operations.policy

  function append(userId: string, entry: JournalEntry): Promise<void> {
    return operations.run(async ({ journal }) =>
      journal?.append(userId, encodeEntry(entry), journalMs ?? 0, mostEntries),
    )
  }

  async function read(userId: string): Promise<readonly JournalEntry[]> {
    if (journalMs === undefined) return []
    const texts = await operations.run(async ({ journal }) => {
      if (journal === undefined) throw new UnsupportedByStoreError('keep a journal', 'journal')
      return journal.read(userId)
    })
    return withoutDoubles(decodeEntries(texts))
  }

  async function addExpired(userId: string, lost: readonly Handle[]): Promise<void> {
    const known = new Set((await read(userId)).map(({ handle }) => handle))
    const at = operations.now()
    for (const handle of lost.filter((candidate) => !known.has(candidate)))
      await append(userId, { handle, at, reason: 'expired', by: undefined, label: undefined, device: undefined })
  }

  return {
    ended({ handle, reason, userId }, { head, by } = {}) {
      if (journalMs === undefined || userId === undefined) return
      const { label, device } = head ?? {}
      background.start(append(userId, { handle, at: operations.now(), reason, by, label, device }))
    },
    noticed(userId, lost) {
      if (journalMs !== undefined && lost.length > 0) background.start(addExpired(userId, lost))
    },
    read,
    clear: (userId) => operations.run(async ({ journal }) => journal?.clear(userId)),
  }
}

/** A list may have noticed that a session is gone before its end was written down. */
function withoutDoubles(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const explained = new Set(entries.filter(({ reason }) => reason !== 'expired').map(({ handle }) => handle))
  return entries.filter(({ handle, reason }) => reason !== 'expired' || !explained.has(handle))
}
