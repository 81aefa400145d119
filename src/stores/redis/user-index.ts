import type { UserIndex } from '../../store.js'
import { isCluster } from './client-kind.js'
import type { RedisClient } from './client.js'
import type { RedisCommands } from './commands.js'
import type { ChosenWay } from './compare-and-set-way.js'
import { enterOpened } from './enter-opened.js'
import { nativeUsers } from './native-users.js'
import { scriptedUsers } from './scripted-users.js'
import type { ServerClock } from './server-clock.js'
import { pageSize, type UserCalls } from './user-calls.js'
import { userKey } from './user-key.js'

interface Context {
  readonly prefix: string
  readonly way: ChosenWay
  /** The clock of the master that holds a key. */
  readonly clockOf: (key: string) => ServerClock
  readonly monotonic: () => number
}

/**
 * The index of users in Redis, at `<prefix>@<digest>`: the key does not show the user id, and is short whatever characters it has.
 */
export function userIndex(
  client: RedisClient,
  commands: RedisCommands,
  { prefix, way, clockOf, monotonic }: Context,
): UserIndex {
  const calls = { scripts: scriptedUsers(commands, clockOf), commands: nativeUsers(commands, clockOf) }
  // In a Cluster, a user and a session are on different servers.
  const seesRecords = !isCluster(client)

  function run<Result>(userId: string, use: (calls: UserCalls, key: string) => Promise<Result>): Promise<Result> {
    const key = prefix + userKey(userId)
    return way.run(key, (chosen) => use(calls[chosen], key))
  }

  return {
    seesRecords,
    moment: monotonic,

    add: (userId, { handle, openedAt, lifetimeMs, limit, mustExist = false }) =>
      run(userId, async ({ add }, key) => {
        const recordKey = mustExist && seesRecords ? prefix + handle : undefined
        const entry = { handle, lifetimeMs: wholeMs(lifetimeMs), limit, recordKey }
        return enterOpened(clockOf(key), openedAt, (opened) => add(key, { ...entry, openedAt: opened }))
      }),

    revoke: (userId) =>
      run(userId, async ({ revoke }, key) => {
        const { handles, after, mark } = await revoke(key)
        return { handles, after, moment: -(mark + 1) }
      }),

    list: (userId, after) => run(userId, ({ list }, key) => list(key, after)),

    drop: (userId, handles) =>
      run(userId, async ({ drop }, key) => {
        for (let start = 0; start < handles.length; start += pageSize)
          await drop(key, handles.slice(start, start + pageSize))
      }),
  }
}

/** Whole milliseconds, at least 1. */
function wholeMs(lifetimeMs: number): number {
  return lifetimeMs > 0 ? Math.ceil(lifetimeMs) : 1
}
