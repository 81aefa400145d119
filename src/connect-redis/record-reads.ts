import { RecordMismatchError, StoreRefusedError } from '../errors.js'
import { emitEvent } from '../events.js'
import type { StoredText } from '../express-session/repositories/compare-and-set-records.js'
import { handleOf } from '../express-session/repositories/session-id.js'
import type { RedisClient } from '../stores/redis/client.js'
import type { RedisCommands } from '../stores/redis/commands.js'
import type { knownExpiries } from './known-expiries.js'
import { asNumber, asText } from './replies.js'
import type { recordScripts } from './scripts.js'
import { vouchedReads } from './vouched-reads.js'

interface RecordReadsOptions {
  readonly client: RedisClient
  readonly commands: RedisCommands
  readonly scripts: Pick<ReturnType<typeof recordScripts>, 'read'>
  readonly expiries: ReturnType<typeof knownExpiries>
  keyOf(id: unknown): string
}

/** Reads records by plain commands where their replies can be vouched for, and otherwise by a script whose reply proves itself. */
export function recordReads({ client, commands, scripts, expiries, keyOf }: RecordReadsOptions) {
  const vouched = vouchedReads(client, commands)

  async function readByScript(id: unknown): Promise<StoredText | undefined> {
    const found = await scripts.read(id)
    return found && { text: found.text, endsAt: expiries.learn(keyOf(id), found.leftMs) }
  }

  /** When the record expires, from the reply to `PTTL`. */
  function endFrom(key: string, reply: unknown): number {
    const leftMs = asNumber(reply)
    if (Number.isNaN(leftMs)) throw commands.unexpectedReply('PTTL', key)
    if (leftMs === noExpiry) return expiries.learn(key, Infinity)
    return expiries.learn(key, Math.max(leftMs, 0))
  }

  /** Reads a record; without `needsEnd`, its expiry may be wrong. */
  return async (id: unknown, needsEnd: boolean): Promise<StoredText | undefined> => {
    const key = keyOf(id)
    if (vouched === undefined) return readByScript(id)
    if (!vouched.isAvailable(key)) {
      try {
        return await readByScript(id)
      } catch (error) {
        // A user without scripts: reading needs none.
        if (!(error instanceof StoreRefusedError) || !(await vouched.becomesAvailable())) throw error
      }
    }
    const knownEnd = needsEnd ? expiries.endOf(key) : Infinity
    let replies: Awaited<ReturnType<typeof vouched.read>>
    try {
      replies = await vouched.read(key, knownEnd === undefined)
    } catch (error) {
      if (error instanceof RecordMismatchError) emitEvent('record-mismatch', { handle: handleOf(id) })
      throw error
    }
    if (replies === undefined) return readByScript(id)
    const [value, lifetime] = replies
    if (value === null) return undefined
    return { text: asText(value), endsAt: knownEnd ?? endFrom(key, lifetime) }
  }
}

/** The reply to `PTTL` for a key that never expires. */
const noExpiry = -1
