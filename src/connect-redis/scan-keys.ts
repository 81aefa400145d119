import { StoreUnavailableError } from '../errors.js'
import { keyPrefixOf, mastersOf, type RedisClient } from '../stores/redis/client.js'
import { explainErrors } from '../stores/redis/explain-errors.js'
import type { Call } from './records.js'

/** Scans all masters for keys that begin with `prefix`, and gives each once. Scans the whole keyspace, `count` keys in one call. */
export async function scanKeys(client: RedisClient, call: Call, prefix: string, count: number): Promise<string[]> {
  const keyPrefix = keyPrefixOf(client)
  const pattern = `${escapeGlob(keyPrefix + prefix)}*`
  const keys = new Set<string>()
  let masters: Awaited<ReturnType<typeof mastersOf>> | undefined
  let index = 0
  // Finding the masters is part of the first call, because it does not prove that one of them answers.
  const send = explainErrors(async (_pattern, command) => {
    masters ??= await mastersOf(client)
    return masters[index]?.send(command)
  })
  do {
    let cursor = '0'
    do {
      const command = ['SCAN', cursor, 'MATCH', pattern, 'COUNT', String(count)] as const
      const [next, found] = readScan(await call(() => send(pattern, command)))
      for (const key of found) keys.add(key.slice(keyPrefix.length))
      cursor = next
    } while (cursor !== '0')
    index += 1
  } while (index < (masters?.length ?? 0))
  return [...keys]
}

/** A glob pattern that matches this text only. */
export function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]\\]/g, String.raw`\$&`)
}

function readScan(reply: unknown): [cursor: string, keys: readonly string[]] {
  const [cursor, keys] = Array.isArray(reply) ? (reply as readonly unknown[]) : []
  if (typeof cursor === 'string' && Array.isArray(keys)) return [cursor, keys as readonly string[]]
  throw new StoreUnavailableError('The Redis client gave an unexpected reply to SCAN; check that it is a plain client.')
}
