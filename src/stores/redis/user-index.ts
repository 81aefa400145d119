import { createHash } from 'node:crypto'
import type { UserIndex } from '../../store.js'
import type { RedisClient } from './client.js'
import type { RedisCommands } from './commands.js'
import type { ChosenWay } from './compare-and-set-way.js'
import { nativeUsers } from './native-users.js'
import { scriptedUsers } from './scripted-users.js'
import type { ServerClock } from './server-clock.js'
import { pageSize, type UserCalls } from './user-calls.js'
import { vouchesAtOnce } from './vouched-send.js'

// A mark this close to the moment of opening may only seem to be later, because the server's clock is known to a round trip.
const doubtMicroseconds = 1_000_000
const tries = 3

interface Context {
  readonly prefix: string
  readonly way: ChosenWay
  readonly clock: ServerClock
  readonly monotonic: () => number
}

/**
 * The index of users in Redis, at `<prefix>user:<digest>`: the key does not show the user id, and is short whatever characters it has.
 */
export function userIndex(
  client: RedisClient,
  commands: RedisCommands,
  { prefix, way, clock, monotonic }: Context,
): UserIndex {
  const calls = { scripts: scriptedUsers(commands, clock), commands: nativeUsers(commands, clock) }

  function run<Result>(userId: string, use: (calls: UserCalls, key: string) => Promise<Result>): Promise<Result> {
    // As UTF-8, ill-formed texts would be the same.
    const digest = createHash('sha256').update(userId, 'utf16le').digest('base64url').slice(0, 22)
    const key = `${prefix}user:${digest}`
    return way.run(key, (chosen) => use(calls[chosen], key))
  }

  return {
    // Until the way is known, an insert waits for it.
    get keepsOrder() {
      return vouchesAtOnce(client) && way.isKnown
    },

    moment: monotonic,

    add: (userId, { handle, openedAt, lifetimeMs, limit }) =>
      run(userId, async ({ add }, key) => {
        for (let attempt = 1; ; attempt++) {
          // A negative moment is the time of the server itself, as `revoke` gives it.
          const opened = openedAt < 0 ? -openedAt : Math.floor(clock.earliestAt(openedAt) * 1000)
          const result = await add(key, { handle, openedAt: opened, lifetimeMs: wholeMs(lifetimeMs), limit })
          if (result.status !== 'revoked') return result
          const isDoubtful = result.mark !== undefined && result.mark - opened < doubtMicroseconds
          if (!isDoubtful || attempt === tries) return { status: 'revoked' }
          await clock.ask()
        }
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
