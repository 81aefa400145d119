import { createHash } from 'node:crypto'
import { InvalidArgumentError, StoreUnavailableError } from '../../errors.js'
import { isHandle, type HandlePage } from '../../store.js'
import { mastersOf, type RedisClient } from './client.js'
import { explainErrors } from './explain-errors.js'

/** How many keys one `SCAN` looks at: some 50 µs of the server. */
const keysPerPage = '250'

// A master and the cursor of its `SCAN`. Applications show the cursor, so it names the master by a digest of the address.
const cursorGrammar = /^([\da-f]{16})-(\d{1,20})$/

/** Walks over all sessions, master by master. A page can be empty although more follow, since `SCAN` sees all keys of the server. */
export function listSessions(client: RedisClient, prefix: string): (after?: string) => Promise<HandlePage> {
  // 22 characters, which the keys of users do not have after the prefix.
  const pattern = `${prefix}${'?'.repeat(22)}`

  return async (after) => {
    const place = after === undefined ? undefined : readCursor(after)
    // Clients give the masters in any order, and valkey-glide in another one each time.
    const masters = (await mastersOf(client)).map(({ address, send }) => ({ id: digestOf(address), send }))
    masters.sort((one, other) => (one.id < other.id ? -1 : 1))
    // Where a master is gone, nobody can tell which one has its sessions now: the walk begins again, and may show some twice.
    const known = masters.findIndex(({ id }) => id === place?.master)
    const index = Math.max(known, 0)
    const { id, send: sendToMaster } = masters[index]!
    const send = explainErrors((_pattern, command) => sendToMaster(command))
    const cursor = known === -1 ? '0' : place!.cursor
    const [next, keys] = readScan(await send(pattern, ['SCAN', cursor, 'MATCH', pattern, 'COUNT', keysPerPage]))
    const handles = keys.map((key) => key.slice(prefix.length)).filter(isHandle)
    if (next !== '0') return { handles, after: `${id}-${next}` }
    const following = masters[index + 1]
    return { handles, after: following && `${following.id}-0` }
  }
}

function digestOf(address: string): string {
  return createHash('sha256').update(address).digest('hex').slice(0, 16)
}

function readCursor(after: string): { readonly master: string; readonly cursor: string } {
  const [, master, cursor] = cursorGrammar.exec(after) ?? []
  if (master !== undefined && cursor !== undefined) return { master, cursor }
  throw new InvalidArgumentError('The cursor of the list is not from this store; begin without one.')
}

function readScan(reply: unknown): [cursor: string, keys: readonly string[]] {
  const [cursor, keys] = Array.isArray(reply) ? (reply as readonly unknown[]) : []
  if (Array.isArray(keys)) return [String(cursor), keys.map(String)]
  throw new StoreUnavailableError('The Redis client gave an unexpected reply to SCAN; check that it is a plain client.')
}
