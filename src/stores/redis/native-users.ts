import type { Handle, HandlePage } from '../../store.js'
import type { Command } from './client.js'
import type { RedisCommands } from './commands.js'
import { isServerError } from './known-errors.js'
import { microsecondsOf, type ServerClock } from './server-clock.js'
import * as calls from './user-calls.js'
import type { UserCalls } from './user-calls.js'

// How much later the end of an entry is, in seconds, when it is written over one that ends no earlier.
const later = 0.001

/**
 * The index of users by plain commands, for servers that run no scripts. An entry is written first, and only then the mark is read: a revocation
 * that did not find the entry had left its mark before.
 */
export function nativeUsers(
  { vouched, unexpectedReply }: RedisCommands,
  clockOf: (key: string) => ServerClock,
): UserCalls {
  async function numberFrom(key: string, command: Command): Promise<number> {
    const reply = await numberOrNull(key, command)
    if (reply === null) throw unexpectedReply(command[0], key)
    return reply
  }

  /** Clients give numbers as numbers or as text, and valkey-glide as booleans where they are only 0 or 1. */
  async function numberOrNull(key: string, command: Command): Promise<number | null> {
    const reply = await vouched(key, command)
    if (typeof reply === 'boolean' || /^[\d.e+]+$/.test(String(reply))) return Number(reply)
    if (reply === null) return null
    throw unexpectedReply(command[0], key)
  }

  async function scoreOf(key: string, member: string): Promise<number | undefined> {
    return (await numberOrNull(key, ['ZSCORE', key, member])) ?? undefined
  }

  /**
   * Enters a session until the second `end`, or extends its entry. Resolves to the score of a new entry. It says whose addition it was, so that
   * a refused one takes back only itself, and not what another request of the session wrote over it.
   */
  async function enter(key: string, handle: Handle, end: number): Promise<string | undefined> {
    const own = end + Math.random()
    for (;;) {
      if ((await numberFrom(key, ['ZADD', key, 'NX', String(own), handle])) === 1) return String(own)
      const known = await scoreOf(key, handle)
      if (known === own) return String(own) // the client sent it twice
      if (known === undefined) continue
      const next = String(Math.max(end, known + later))
      if ((await numberFrom(key, ['ZADD', key, 'XX', 'GT', 'CH', next, handle])) === 1) return undefined
    }
  }

  async function takeBack(key: string, own: string | undefined): Promise<void> {
    if (own !== undefined) await numberFrom(key, ['ZREMRANGEBYSCORE', key, own, own])
  }

  /** Lets the key live at least as long as this. */
  async function keep(key: string, lifetimeMs: number): Promise<void> {
    const isSet = (await numberFrom(key, ['PEXPIRE', key, String(lifetimeMs), 'NX'])) === 1
    if (!isSet) await numberFrom(key, ['PEXPIRE', key, String(lifetimeMs), 'GT'])
  }

  /** The server's time, which is later than the opening of all requests so far; the local time where the user may not ask for it. */
  async function askTime(key: string): Promise<number> {
    try {
      return microsecondsOf(await vouched(key, ['TIME']))
    } catch (error) {
      if (!isServerError((error as Error).cause ?? error, 'forbidden')) throw error
      return clockOf(key).now() * 1000
    }
  }

  /** Leaves the mark of a revocation. A later one stays, if that can be. */
  async function leaveMark(key: string): Promise<number> {
    const now = await askTime(key)
    await numberFrom(key, ['ZADD', key, 'GT', String(now), calls.markMember])
    const mark = await scoreOf(key, calls.markMember)
    if (mark !== undefined && isCredible(mark, now)) return mark
    await numberFrom(key, ['ZADD', key, String(now), calls.markMember])
    return now
  }

  async function pageFrom(key: string, cursor: string): Promise<HandlePage> {
    const reply = await vouched(key, ['ZSCAN', key, cursor, 'COUNT', String(calls.pageSize)])
    const [next, members] = Array.isArray(reply) ? (reply as readonly unknown[]) : []
    if (!Array.isArray(members)) throw unexpectedReply('ZSCAN', key)
    return calls.readPage(next, members)
  }

  return {
    async add(key, { handle, openedAt, lifetimeMs, limit = Infinity, recordKey }) {
      const now = clockOf(key).now() * 1000
      if (openedAt < now - calls.markLifetimeMs * 1000) return { status: 'revoked', mark: undefined }
      // By `GET`, which this user may run: EXISTS is one right more.
      if (recordKey !== undefined && (await vouched(recordKey, ['GET', recordKey])) === null)
        return { status: 'absent' }
      const enterAndKeep = async (): Promise<string | undefined> => {
        const own = await enter(key, handle, Math.ceil(now / 1_000_000 + lifetimeMs / 1000))
        await keep(key, lifetimeMs)
        return own
      }
      let own = await enterAndKeep()
      // As in `revoke`, unless it was to be kept for no time at all.
      if (lifetimeMs > 0 && (await scoreOf(key, handle)) === undefined) own = await enterAndKeep()
      const mark = await scoreOf(key, calls.markMember)
      if (mark !== undefined && mark >= openedAt && isCredible(mark, now)) {
        await takeBack(key, own)
        return { status: 'revoked', mark }
      }
      await numberFrom(key, ['ZREMRANGEBYSCORE', key, '-inf', `(${Math.floor(now / 1_000_000)}`])
      const others = (await numberFrom(key, ['ZCARD', key])) - (mark === undefined ? 1 : 2)
      if (others < limit) return { status: 'added', others: Math.max(0, others) }
      await takeBack(key, own)
      return { status: 'full' }
    },

    async revoke(key) {
      const leave = async (): Promise<number> => {
        const mark = await leaveMark(key)
        await keep(key, calls.markLifetimeMs)
        return mark
      }
      let mark = await leave()
      // The key may have expired before it was kept, and the mark with it.
      if ((await scoreOf(key, calls.markMember)) === undefined) mark = await leave()
      return { ...(await pageFrom(key, '0')), mark }
    },

    list: (key, after = '0') => pageFrom(key, after),

    async drop(key, handles) {
      await numberFrom(key, ['ZREM', key, ...handles])
      const isMarkAlone =
        (await numberFrom(key, ['ZCARD', key])) === 1 && (await scoreOf(key, calls.markMember)) !== undefined
      if (isMarkAlone) await numberFrom(key, ['PEXPIRE', key, String(calls.markLifetimeMs)])
    },
  }
}

function isCredible(mark: number, now: number): boolean {
  return mark <= now + calls.toleranceMicroseconds
}
