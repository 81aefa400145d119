import { isHandle, newVersion, type HandlePage } from '../../store.js'
import type { RedisCommands } from './commands.js'
import type { Script } from './script.js'
import type { ServerClock } from './server-clock.js'
import { markLifetimeMs, pageSize, readEntered, readPage, type UserCalls } from './user-calls.js'
import { addScript, dropScript, entriesScript, pageScript, revokeScript } from './user-scripts.js'

/** The index of users by scripts, each in one round trip. */
export function scriptedUsers(
  { runScript, unexpectedReply }: RedisCommands,
  clockOf: (key: string) => ServerClock,
): UserCalls {
  const run = (script: Script, key: string, ...parameters: readonly string[]): Promise<readonly unknown[]> => {
    const nonce = newVersion()
    return runScript(script, key, nonce, [nonce, ...parameters])
  }

  const microseconds = (key: string): string => String(clockOf(key).now() * 1000)

  /** The first page of entries, if a script replied with all of them, or else the first part of the list. */
  async function firstPage(key: string, reply: unknown): Promise<HandlePage> {
    if (Array.isArray(reply)) return { handles: reply.map(String).filter(isHandle), after: undefined }
    return pageFrom(key, '0')
  }

  async function pageFrom(key: string, cursor: string): Promise<HandlePage> {
    const [next, members] = await run(pageScript, key, cursor, String(pageSize))
    if (!Array.isArray(members)) throw unexpectedReply('a script', key)
    return readPage(next, members)
  }

  return {
    async add(key, { handle, openedAt, lifetimeMs, limit = '', recordKey = '' }) {
      const times = [openedAt, microseconds(key), lifetimeMs, markLifetimeMs]
      const reply = await run(addScript, key, handle, ...times.map(String), String(limit), recordKey)
      const entered = readEntered(reply)
      if (entered === undefined) throw unexpectedReply('a script', key)
      return entered
    },

    async revoke(key) {
      const [mark, entries] = await run(revokeScript, key, microseconds(key), String(markLifetimeMs), String(pageSize))
      return { ...(await firstPage(key, entries)), mark: Number(mark) }
    },

    async list(key, after) {
      if (after !== undefined) return pageFrom(key, after)
      const [entries] = await run(entriesScript, key, String(pageSize))
      return firstPage(key, entries)
    },

    async drop(key, handles) {
      await run(dropScript, key, String(markLifetimeMs), ...handles)
    },
  }
}
