import type { Operations } from '../engine/operations.js'
import { StoreUnavailableError } from '../errors.js'
import { keyPrefixOf, mastersOf, type RedisClient } from '../stores/redis/client.js'
import { explainErrors } from '../stores/redis/explain-errors.js'

/**
 * Every key of all masters that begins with `prefix`, each once. Goes through the whole keyspace, `count` keys at a time: each
 * step has the deadline, not the whole.
 */
export async function findKeys(
  client: RedisClient,
  operations: Operations,
  prefix: string,
  count: number,
): Promise<string[]> {
  const keyPrefix = keyPrefixOf(client)
  const pattern = `${escapeGlob(keyPrefix + prefix)}*`
  const keys = new Set<string>()
  let masters: Awaited<ReturnType<typeof mastersOf>> | undefined
  let index = 0
  // To look for the masters is part of the first call: it alone is no answer of theirs.
  const send = explainErrors(async (_pattern, command) => {
    masters ??= await mastersOf(client)
    return masters[index]?.(command)
  })
  do {
    let cursor = '0'
    do {
      const command = ['SCAN', cursor, 'MATCH', pattern, 'COUNT', String(count)] as const
      const [next, found] = readScan(await operations.run((operation) => operation.call(() => send(pattern, command))))
      for (const key of found) keys.add(key.slice(keyPrefix.length))
      cursor = next
    } while (cursor !== '0')
    index += 1
  } while (index < (masters?.length ?? 0))
  return [...keys]
}

/** The text as a pattern that fits nothing else. */
export function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]\\]/g, String.raw`\$&`)
}

function readScan(reply: unknown): [cursor: string, keys: readonly string[]] {
  const [cursor, keys] = Array.isArray(reply) ? (reply as readonly unknown[]) : []
  if (typeof cursor === 'string' && Array.isArray(keys)) return [cursor, keys as readonly string[]]
  throw new StoreUnavailableError('The Redis client gave an unexpected reply to SCAN; check that it is a plain client.')
}
