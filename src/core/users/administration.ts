import type { Background } from '../../engine/background.js'
import { isHandle } from '../../store.js'
import { isAlive } from '../policy.js'
import type { RecordHead } from '../record/record.js'
import { readRecord } from '../record/read-record.js'
import type { StoreOperation, StoreOperations } from '../store-operations.js'
import { dropEntries } from './entries.js'
import { describeSession, type SessionInfo } from './session-info.js'

/** A page of a list of sessions. */
export interface SessionPage {
  readonly sessions: readonly SessionInfo[]
  /** Pass it to the next call; `undefined` on the last page. */
  readonly after: string | undefined
}

/** What is for administration: any session, whoever's it is. */
export interface Administration {
  /** A session by its handle; `undefined` also for text that is not a handle. */
  find(handle: string): Promise<SessionInfo | undefined>
  /**
   * A page of all sessions, signed in or not: the first one without `after`. A page may be empty although more follow, and a session that begins
   * or ends meanwhile may be missing, or be on two pages. The store is never blocked.
   */
  list(options?: { readonly after?: string | undefined }): Promise<SessionPage>
  /** Ends a session. Resolves to whether it existed; `false` also for text that is not a handle. */
  end(handle: string): Promise<boolean>
}

export function administer(operations: StoreOperations, background: Background): Administration {
  return {
    async find(handle) {
      if (!isHandle(handle)) return undefined
      return operations.run(async (operation) => infoOf(operation, await headAt(operation, handle)))
    },

    list: ({ after } = {}) =>
      operations.run(async (operation) => {
        const page = await operation.list(after)
        const heads = await Promise.all(page.handles.map((handle) => headAt(operation, handle)))
        const sessions = heads.map((head) => infoOf(operation, head)).filter((info) => info !== undefined)
        return { sessions, after: page.after }
      }),

    async end(handle) {
      if (!isHandle(handle)) return false
      return operations.run(async (operation) => {
        const [head, result] = await Promise.all([headAt(operation, handle), operation.remove(handle)])
        if (result !== 'removed') return false
        const userId = head?.userId
        operation.ends.ended({ handle, reason: 'administration', userId }, { head })
        if (userId !== undefined) background.start(dropEntries(operations, userId, [handle]))
        return true
      })
    },
  }
}

async function headAt(operation: StoreOperation, handle: RecordHead['handle']): Promise<RecordHead | undefined> {
  const stored = await operation.load(handle)
  const reading = stored && readRecord(stored, handle)
  return reading?.status === 'read' ? reading.record.head : undefined
}

function infoOf(operation: StoreOperation, head: RecordHead | undefined): SessionInfo | undefined {
  if (head === undefined || !isAlive(operation.policy, head, operation.now())) return undefined
  return describeSession(operation.policy, head)
}
