import { createHash } from 'node:crypto'
import { InvalidArgumentError, StoreUnavailableError } from '../../errors.js'
import { isHandle, type HandlePage } from '../../store.js'
import { mastersOf, type Command, type RedisClient } from './client.js'
import { explainErrors } from './explain-errors.js'

/** How many keys one `SCAN` looks at: some 50 µs of the server. */
const keysPerPage = '250'

// A master, and where its `SCAN` goes on. The cursor leaves the application, so a digest stands for the address.
const cursorGrammar = /^([\da-f]{16})-(\d{1,20})$/

/** Walks over all sessions, master by master. A page can be empty although more follow, since `SCAN` sees all keys of the server. */
export function listSessions(client: RedisClient, prefix: string): (after?: string) => Promise<HandlePage> {
  // 22 characters, which the keys of users do not have after the prefix.
  const pattern = `${prefix}${'?'.repeat(22)}`

  return async (after) => {
    const place = after === undefined ? undefined : readCursor(after)
    const masters = await sortedMasters(client)
    // If the master is gone, nobody can tell which one has its sessions now: the walk begins again, and may show some twice.
    const found = masters.findIndex(({ id }) => id === place?.id)
    const [index, cursor] = place === undefined || found === -1 ? [0, '0'] : [found, place.cursor]
    const send = explainErrors(async (_pattern, command) => masters[index]?.send(command))
    const [next, keys] = readScan(await send(pattern, ['SCAN', cursor, 'MATCH', pattern, 'COUNT', keysPerPage]))
    const handles = keys.map((key) => key.slice(prefix.length)).filter(isHandle)
    return { handles, after: next === '0' ? cursorOf(masters[index + 1], '0') : cursorOf(masters[index], next) }
  }
}

interface MasterWithId {
  readonly id: string
  readonly send: (command: Command) => Promise<unknown>
}

/** In the same order each time: clients give them in any order, and valkey-glide often in another one than before. */
async function sortedMasters(client: RedisClient): Promise<readonly MasterWithId[]> {
  const masters = (await mastersOf(client)).map(({ address, send }) => ({ id: digestOf(address), send }))
  return masters.sort((one, other) => (one.id < other.id ? -1 : 1))
}

function digestOf(address: string): string {
  return createHash('sha256').update(address).digest('hex').slice(0, 16)
}

function cursorOf(master: MasterWithId | undefined, cursor: string): string | undefined {
  return master && `${master.id}-${cursor}`
}

function readCursor(after: string): { readonly id: string; readonly cursor: string } {
  const [, id, cursor] = cursorGrammar.exec(after) ?? []
  if (id !== undefined && cursor !== undefined) return { id, cursor }
  throw new InvalidArgumentError('The cursor of the list is not from this store; begin without one.')
}

function readScan(reply: unknown): [cursor: string, keys: readonly string[]] {
  const [cursor, keys] = Array.isArray(reply) ? (reply as readonly unknown[]) : []
  if (Array.isArray(keys)) return [String(cursor), keys.map(String)]
  throw new StoreUnavailableError('The Redis client gave an unexpected reply to SCAN; check that it is a plain client.')
}
