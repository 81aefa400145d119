import { isHandle, newVersion, type HandlePage, type UserIndex } from '../../store.js'
import { isCluster } from './client-kind.js'
import type { RedisClient } from './client.js'
import type { RedisCommands } from './commands.js'
import type { Script } from './script.js'
import type { ServerClock } from './server-clock.js'
import { enterOpened, markLifetimeMs, microseconds } from './enter-opened.js'
import { userKey } from './user-key.js'
import { addScript, dropScript, entriesScript, pageScript, revokeScript } from './user-scripts.js'

/** How many entries one command reads or drops, so that no command takes a millisecond of the server. */
export const pageSize = 500

/** The index of users in Redis, at `<prefix>user:<digest>`. */
export function userIndex(
  client: RedisClient,
  commands: RedisCommands,
  { prefix, clock, monotonic }: { prefix: string; clock: ServerClock; monotonic: () => number },
): UserIndex {
  const { runScript, unexpectedReply } = commands
  const seesRecords = !isCluster(client)

  const keyOf = (userId: string): string => prefix + userKey(userId)

  const run = (script: Script, key: string, ...parameters: readonly string[]): Promise<readonly unknown[]> => {
    const nonce = newVersion()
    return runScript(script, key, nonce, [nonce, ...parameters])
  }

  /** The first page of entries, if a script replied with all of them, or else the first part of the list. */
  async function firstPage(key: string, reply: unknown): Promise<HandlePage> {
    if (Array.isArray(reply)) return { handles: reply.map(String).filter(isHandle), after: undefined }
    return pageFrom(key, '0')
  }

  async function pageFrom(key: string, cursor: string): Promise<HandlePage> {
    const [next, members] = await run(pageScript, key, cursor, String(pageSize))
    if (!Array.isArray(members)) throw unexpectedReply('a script', key)
    const after = String(next) === '0' ? undefined : String(next)
    return { handles: members.map(String).filter(isHandle), after }
  }

  return {
    seesRecords,
    moment: monotonic,

    async add(userId, { handle, openedAt, lifetimeMs, limit, mustExist = false }) {
      const key = keyOf(userId)
      const recordKey = mustExist && seesRecords ? prefix + handle : ''
      return enterOpened(commands, { clock, key, openedAt }, ({ opened, now }) =>
        run(
          addScript,
          key,
          handle,
          opened,
          now,
          ms(lifetimeMs),
          String(markLifetimeMs),
          limit === undefined ? '' : String(limit),
          recordKey,
        ),
      )
    },

    async revoke(userId) {
      const key = keyOf(userId)
      const parameters = [microseconds(clock.now()), String(markLifetimeMs), String(pageSize)]
      const [mark, entries] = await run(revokeScript, key, ...parameters)
      return { ...(await firstPage(key, entries)), moment: -(Number(mark) + 1) }
    },

    async list(userId, after) {
      const key = keyOf(userId)
      if (after !== undefined) return pageFrom(key, after)
      const [entries] = await run(entriesScript, key, String(pageSize))
      return firstPage(key, entries)
    },

    async drop(userId, handles) {
      const key = keyOf(userId)
      for (let start = 0; start < handles.length; start += pageSize)
        await run(dropScript, key, ...handles.slice(start, start + pageSize))
    },
  }
}

/** Whole milliseconds, at least 1. */
function ms(lifetimeMs: number): string {
  return String(Math.max(1, Math.ceil(lifetimeMs)))
}
