import type { Handle, HandlePage } from '../../store.js'
import { decodeOrEmpty } from '../record/data.js'
import type { SessionRecord } from '../record/record.js'
import type { StoreOperation, UserCalls } from '../store-operations.js'
import { lostAmong, type Entry } from './entries.js'
import type { JournalEntry } from './journal.js'
import { describeSession, type SessionInfo } from './session-info.js'
import type { UserJournals } from './user-journal.js'

/** A session with what is stored in it. */
export interface ExportedSession extends SessionInfo {
  readonly data: Readonly<Record<string, unknown>>
}

/** What is stored about a user. Can be passed to `JSON.stringify`. */
export interface UserExport {
  readonly userId: string
  /** The last used first. */
  readonly sessions: readonly ExportedSession[]
  /** How earlier ones ended, the latest first. */
  readonly journal: readonly JournalEntry[]
}

/** What a user may ask for: a copy of the data, and its erasure. */
export interface PersonalData {
  /**
   * All that is stored about the user: the sessions that are signed in, each with its `data`. Digests of tokens are left out, because they say nothing
   * about anybody.
   */
  export(): Promise<UserExport>
  /**
   * Does what `end()` does, and resolves once nothing about the user is left but the mark that makes the promise of `end()` hold. The mark goes a day
   * after the last session. It has the time of the call, and names nobody: its key is a digest of the user id.
   */
  erase(options?: { readonly scan?: boolean }): Promise<number>
}

/** What it takes, for one user. */
interface Walks {
  find<Info extends SessionInfo>(
    describe: (operation: StoreOperation, record: SessionRecord) => Info,
  ): Promise<readonly Info[]>
  onPages(
    fetch: (users: UserCalls, after: string | undefined) => Promise<HandlePage>,
    work: (operation: StoreOperation, entries: readonly Entry[]) => Promise<readonly Handle[]>,
  ): Promise<void>
  endAll(options?: { readonly scan?: boolean }): Promise<number>
  readonly journal: UserJournals
  /** Waits for what nobody waits for, such as entries of the journal. */
  settled(): Promise<void>
}

export function personalData(userId: string, { find, onPages, endAll, journal, settled }: Walks): PersonalData {
  const exportSession = ({ policy }: StoreOperation, { head, dataLine }: SessionRecord): ExportedSession => ({
    ...describeSession(policy, head),
    data: decodeOrEmpty(dataLine, head.handle),
  })

  return {
    async export() {
      const [sessions, entries] = await Promise.all([find(exportSession), journal.read(userId)])
      return { userId, sessions, journal: entries }
    },

    async erase({ scan = false } = {}) {
      const count = await endAll({ scan })
      // Their entries are dropped while nobody waits, which may fail. Those of sessions that have begun since must stay.
      await onPages(
        (users, after) => users.list(userId, after),
        async ({ users }, entries) => {
          const lost = lostAmong(entries)
          if (lost.length > 0) await users?.drop(userId, lost)
          return []
        },
      )
      await settled()
      await journal.clear(userId)
      return count
    },
  }
}
