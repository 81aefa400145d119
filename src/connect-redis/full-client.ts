import type { Operations } from '../engine/operations.js'
import type { CompareAndSetRecords } from '../express-session/repositories/compare-and-set-records.js'
import type { SessionIndex } from '../express-session/users/session-index.js'
import type { RedisClient } from '../stores/redis/client.js'
import { redisCommands } from '../stores/redis/commands.js'
import type { StoreFields } from './options.js'
import type { Records } from './records.js'
import { redisSessionIndex } from './redis-session-index.js'
import { scriptRecords } from './script-records.js'
import type { SessionCodec } from './session-codec.js'

const clientRules = { keyPrefix: true, bytes: true, others: ', or an object with get, set, expire and del' }

/** What a client that can send any command allows. */
export interface FullClient {
  readonly records: Records & CompareAndSetRecords
  readonly index: SessionIndex
}

/** @throws InvalidOptionError if `client` is not a client, or one that cannot be used. */
export function useFullClient(
  client: RedisClient,
  operations: Operations,
  fields: StoreFields,
  codec: SessionCodec,
  ids: SessionIndex['ids'],
): FullClient {
  const commands = redisCommands(client, clientRules)
  return {
    records: scriptRecords(client, commands, operations, fields, codec),
    index: { ...redisSessionIndex(client, commands, fields), lifetimeMs: codec.lifetimeMs, ids },
  }
}
