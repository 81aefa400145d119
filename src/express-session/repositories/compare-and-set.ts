import { emitEvent } from '../../events.js'
import type { Operation } from '../../engine/operations.js'
import { UnreadableRecordError, type AtomicRecords, type Text } from './atomic-records.js'
import { handleOf, textOf } from './handle.js'
import type { Conflict, Keeper } from './repository.js'
import { lineOf } from './session-line.js'
import { SharedWrites } from './shared-writes.js'

/** Keeps sessions in a store that compares and sets: exact for all processes that use it. */
export function atomicKeeper(records: AtomicRecords, conflict: Conflict): Keeper {
  const writes = new SharedWrites(records, conflict, parse)

  async function parse(operation: Operation, text: Text): Promise<unknown> {
    try {
      return await operation.within(records.parse(text))
    } catch (error) {
      if (error instanceof UnreadableRecordError) return undefined
      emitEvent('store-failed', { error })
      throw error
    }
  }

  return {
    operations: records.operations,

    async load(operation, id) {
      const found = await operation.call(() => records.load(id), textOf(id))
      return found === undefined ? undefined : { id, ...found, data: await parse(operation, found.text) }
    },

    async save(operation, session, known) {
      if (known !== undefined) return writes.save(operation, session, known)
      const { id } = session
      const [line, encoded] = [lineOf(session), records.encode(session)]
      return { id, line, ...(await operation.call(() => records.set(id, encoded), textOf(id))) }
    },

    touch(session, known, surely) {
      const { endsAt = Infinity } = known ?? {}
      try {
        if (!surely && !records.isDue(session, endsAt)) return true
      } catch (error) {
        return Promise.reject(error) // by the application's function `ttl`
      }
      const touched = records.operations
        .run((operation) => operation.call(() => records.touch(session.id, session), textOf(session.id)))
        .catch((error: unknown) => {
          emitEvent('renewal-failed', { handle: handleOf(session.id), error })
          return true // as far as is known
        })
      return surely ? touched : true
    },

    destroy: (operation, id) => operation.call(() => records.remove(id), textOf(id)),
  }
}
