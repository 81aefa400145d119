import type { Operation } from '../../engine/operations.js'
import { isThenable } from '../../engine/thenable.js'
import { emitEvent } from '../../events.js'
import type { Session } from '../api/session.js'
import {
  parseRecord,
  recordContents,
  type CompareAndSetRecords,
  type Encoded,
  type StoredText,
} from './compare-and-set-records.js'
import type { Conflict } from './merge-session.js'
import type { Repository, TouchResult } from './repository.js'
import { handleOf, idText } from './session-id.js'
import { valuesJson } from './session-values.js'
import { sharedWrites } from './shared-writes.js'

/**
 * Keeps sessions in a store with an atomic compare-and-set, so that no process overwrites another one's changes. `onTouched` is told of each
 * session that was extended by a touch.
 */
export function compareAndSetRepository(
  records: CompareAndSetRecords,
  conflict: Conflict,
  onTouched?: (session: Session) => void,
): Repository<StoredText> {
  const saveOver = sharedWrites(records, conflict)

  async function touch(session: Session): Promise<TouchResult> {
    const call = (operation: Operation): Promise<boolean> =>
      operation.call(() => records.touch(session.id, session), idText(session.id))
    try {
      if (!(await records.operations.run(call))) return 'gone'
      onTouched?.(session)
      return 'present'
    } catch (error) {
      emitEvent('renewal-failed', { handle: handleOf(session.id), error })
      return 'present' // a failure does not say that it is gone
    }
  }

  function encode(session: Session): Encoded {
    try {
      return records.encode(session)
    } catch (error) {
      valuesJson(session) // throws an error that names the value at fault
      throw error
    }
  }

  return {
    operations: records.operations,

    load: (operation, id) =>
      operation
        .call(() => records.load(id), idText(id))
        .then((revision) => {
          if (revision === undefined) return undefined
          const { text, endsAt } = revision
          const data = parseRecord(records, operation, text)
          if (isThenable(data)) return Promise.resolve(data).then((parsed) => ({ revision, data: parsed, endsAt }))
          const json = records.isJson === true && typeof text === 'string' ? text : undefined
          return { revision, data, json, endsAt }
        }),

    async save(operation, session, snapshot) {
      if (snapshot !== undefined) return saveOver(operation, session, snapshot)
      const { id } = session
      const encoded = encode(session)
      const contents = recordContents(records, encoded.text, session)
      return { id, contents, revision: await operation.call(() => records.set(id, encoded), idText(id)) }
    },

    touch(session, snapshot, when) {
      if (when === 'always') return touch(session)
      try {
        if (records.isDue(session, snapshot?.revision.endsAt ?? Infinity)) void touch(session)
        return undefined
      } catch (error) {
        return Promise.reject(error) // from the application's function `ttl`
      }
    },

    destroy: (operation, id) => operation.call(() => records.remove(id), idText(id)),

    destroyLoaded: (operation, id, { revision }) =>
      operation.call(() => records.removeText(id, revision.text), idText(id)),
  }
}
