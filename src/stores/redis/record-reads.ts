import { RecordMismatchError } from '../../errors.js'
import type { StoredRecord } from '../../store.js'
import type { RedisClient } from './client.js'
import type { RedisCommands } from './commands.js'
import { isCluster } from './client-kind.js'
import { writesLater } from './connection.js'
import { gatherReads } from './gathered-reads.js'
import { isServerError } from './known-errors.js'
import { plainReads } from './plain-reads.js'
import { decodeValue, notAString } from './stored-value.js'

/**
 * Reads the record at a key. Each record names its session, so a reply that belongs to another call is recognised by the caller.
 * `turnBegins` is called before the first read in each turn of the event loop.
 */
export function recordReads(
  client: RedisClient,
  commands: RedisCommands,
  turnBegins: () => void,
): (key: string) => Promise<StoredRecord | undefined> {
  const { checkConnection, unexpectedReply } = commands
  return gatherReads<StoredRecord | undefined>({
    ...plainReads(commands, isCluster(client) ? 'one-by-one' : 'together-or-one-by-one'),
    writesLater: writesLater(client),
    turnBegins,

    valueOf(value, key) {
      if (value === null) return undefined
      if (typeof value !== 'string') throw unexpectedReply('GET', key)
      const record = decodeValue(value)
      if (record.version !== '') return record
      // A value that is not ours may be the reply to another command.
      checkConnection(key)
      if (/^(?:OK|PONG|QUEUED)$/.test(value)) throw new RecordMismatchError()
      return record
    },

    valueOfError(error) {
      if (isServerError(error, 'wrongType')) return notAString
      throw error
    },
  })
}
