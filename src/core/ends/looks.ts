import type { Handle, HandlePage } from '../../store.js'
import { isAlive } from '../policy.js'
import { readRecord } from '../record/read-record.js'
import type { RecordHead } from '../record/record.js'
import type { StoreOperation, StoreOperations } from '../store-operations.js'
import { pagesOf } from '../../engine/pages.js'

/** How many sessions are read under one deadline. */
const pageSize = 500

export interface Look {
  readonly handles: readonly Handle[]
  /** Users whose sessions are looked at, too, as far as their index has them. */
  readonly userIds: readonly string[]
}

/** Called for each session: with what is stored, or `undefined` if it has ended or expired. */
type Saw = (handle: Handle, head: RecordHead | undefined) => void

/** Looks at sessions without extending them. Resolves to whether all could be read. Never rejects. */
export async function lookAt(operations: StoreOperations, { handles, userIds }: Look, saw: Saw): Promise<boolean> {
  const wanted = new Set(handles)
  try {
    for (const userId of userIds)
      for await (const page of pagesOf((after) => listUser(operations, userId, after)))
        for (const handle of page.handles) wanted.add(handle)
    const all = [...wanted]
    for (let start = 0; start < all.length; start += pageSize) {
      const page = all.slice(start, start + pageSize)
      await operations.run((operation) => Promise.all(page.map((handle) => see(operation, handle, saw))))
    }
    return true
  } catch {
    return false
  }
}

/** A store without an index of users has empty pages. */
function listUser(operations: StoreOperations, userId: string, after: string | undefined): Promise<HandlePage> {
  return operations.run(async ({ users }) => users?.list(userId, after) ?? { handles: [], after: undefined })
}

async function see(operation: StoreOperation, handle: Handle, saw: Saw): Promise<void> {
  const stored = await operation.load(handle)
  if (stored === undefined) return saw(handle, undefined)
  const reading = readRecord(stored, handle)
  // The latter may be alive, for backends that are newer.
  if (reading.status === 'mismatch' || reading.status === 'newer-version') return
  if (reading.status !== 'read') return saw(handle, undefined)
  const { head } = reading.record
  saw(handle, isAlive(operation.policy, head, operation.now()) ? head : undefined)
}
