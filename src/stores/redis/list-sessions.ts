import { InvalidArgumentError, StoreUnavailableError } from '../../errors.js'
import { isHandle, type HandlePage } from '../../store.js'
import { mastersOf, type RedisClient } from './client.js'
import { explainErrors } from './explain-errors.js'

/** How many keys one `SCAN` looks at: some 50 µs of the server. */
const keysPerPage = '250'

const cursorGrammar = /^(\d{1,4})-(\d{1,20})$/

/** Walks over all sessions, master by master. A page can be empty although more follow, since `SCAN` sees all keys of the server. */
export function listSessions(client: RedisClient, prefix: string): (after?: string) => Promise<HandlePage> {
  // 22 characters, which the keys of users do not have after the prefix.
  const pattern = `${prefix}${'?'.repeat(22)}`

  return async (after = '0-0') => {
    const [, index, cursor] = cursorGrammar.exec(after) ?? []
    if (index === undefined || cursor === undefined)
      throw new InvalidArgumentError('The cursor of the list is not from this store; begin without one.')
    const masters = await mastersOf(client)
    const master = masters[Number(index)]
    if (master === undefined) return { handles: [], after: undefined }
    const send = explainErrors(async (_pattern, command) => master(command))
    const reply = await send(pattern, ['SCAN', cursor, 'MATCH', pattern, 'COUNT', keysPerPage])
    const [next, keys] = readScan(reply)
    const handles = keys.map((key) => key.slice(prefix.length)).filter(isHandle)
    if (next !== '0') return { handles, after: `${index}-${next}` }
    return { handles, after: Number(index) + 1 < masters.length ? `${Number(index) + 1}-0` : undefined }
  }
}

function readScan(reply: unknown): [cursor: string, keys: readonly string[]] {
  const [cursor, keys] = Array.isArray(reply) ? (reply as readonly unknown[]) : []
  if (Array.isArray(keys)) return [String(cursor), keys.map(String)]
  throw new StoreUnavailableError('The Redis client gave an unexpected reply to SCAN; check that it is a plain client.')
}
