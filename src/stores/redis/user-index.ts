import { isHandle, newVersion, type HandlePage, type UserIndex } from '../../store.js'
import { isCluster } from './client-kind.js'
import type { RedisClient } from './client.js'
import type { RedisCommands } from './commands.js'
import type { Script } from './script.js'
import type { ServerClock } from './server-clock.js'
import { digestOfUser } from './user-key.js'
import { addScript, dropScript, entriesScript, pageScript, revokeScript } from './user-scripts.js'

/** No request is open for longer than this, so a revocation need not be remembered for longer. */
const markLifetimeMs = 86_400_000
/** How many entries one command reads or drops, so that no command takes a millisecond of the server. */
const pageSize = 500
// A mark this close to the moment of opening may only seem to be later, because the server's clock is known to a round trip.
const doubtMs = 1_000
const tries = 3

interface UserIndexContext {
  readonly prefix: string
  /** The clock of the master that holds a key. */
  readonly clockOf: (key: string) => ServerClock
  readonly monotonic: () => number
}

/**
 * The index of users in Redis, at `<prefix>user:<digest>`: the key does not show the user id, and is short whatever characters it has.
 */
export function userIndex(
  client: RedisClient,
  { runScript, unexpectedReply }: RedisCommands,
  { prefix, clockOf, monotonic }: UserIndexContext,
): UserIndex {
  const seesRecords = !isCluster(client)

  const keyOf = (userId: string): string => `${prefix}user:${digestOfUser(userId)}`

  const run = (script: Script, key: string, ...parameters: readonly string[]): Promise<readonly unknown[]> => {
    const nonce = newVersion()
    return runScript(script, key, nonce, [nonce, ...parameters])
  }

  const microseconds = (ms: number): string => String(Math.floor(ms * 1000))

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
      const clock = clockOf(key)
      // In a Cluster, marks have the time of the master that holds them.
      await clock.ready()
      const recordKey = mustExist && seesRecords ? prefix + handle : ''
      for (let attempt = 1; ; attempt++) {
        // A negative moment is the time of the server itself, as `revoke` gives it.
        const opened = openedAt < 0 ? -openedAt / 1000 : clock.earliestAt(openedAt)
        const parameters = [microseconds(opened), microseconds(clock.now()), ms(lifetimeMs), String(markLifetimeMs)]
        parameters.push(limit === undefined ? '' : String(limit), recordKey)
        const [status, detail] = await run(addScript, key, handle, ...parameters)
        switch (String(status)) {
          case 'added':
            return { status: 'added', others: Number(detail) }
          case 'full':
          case 'absent':
            return { status: status as 'full' | 'absent' }
          case 'revoked': {
            const isDoubtful = Number(detail) / 1000 - opened < doubtMs && Number(detail) > 0
            if (!isDoubtful || attempt === tries) return { status: 'revoked' }
            await clock.ask()
            break
          }
          default:
            throw unexpectedReply('a script', key)
        }
      }
    },

    async revoke(userId) {
      const key = keyOf(userId)
      const parameters = [microseconds(clockOf(key).now()), String(markLifetimeMs), String(pageSize)]
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
        await run(dropScript, key, String(markLifetimeMs), ...handles.slice(start, start + pageSize))
    },
  }
}

/** Whole milliseconds, at least 1. */
function ms(lifetimeMs: number): string {
  return String(Math.max(1, Math.ceil(lifetimeMs)))
}
