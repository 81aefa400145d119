import type { IndexEntry, IndexPage, SessionIndex } from '../express-session/users/session-index.js'
import { newVersion } from '../store.js'
import type { RedisClient } from '../stores/redis/client.js'
import type { RedisCommands } from '../stores/redis/commands.js'
import { enterOpened } from '../stores/redis/enter-opened.js'
import type { Script } from '../stores/redis/script.js'
import { serverClock, systemClock } from '../stores/redis/server-clock.js'
import { onAnyMaster } from '../stores/redis/shards.js'
import { markLifetimeMs, pageSize, readEntered } from '../stores/redis/user-calls.js'
import { userKey } from '../stores/redis/user-key.js'
import { dropScript, pageScript, revokeScoredScript, scoredEntriesScript } from '../stores/redis/user-scripts.js'
import { enterScript, idOf, keepScript, mark, memberOf } from './index-scripts.js'
import type { StoreFields } from './options.js'

/** For sessions that never expire: the index of a user whom nobody has seen for so long is forgotten. */
const longestMs = 10 * 365 * 86_400_000

/** The index of `RedisStore`, at `<prefix>@<digest>`. */
export function redisSessionIndex(
  client: RedisClient,
  commands: RedisCommands,
  fields: StoreFields,
): Omit<SessionIndex, 'ids' | 'lifetimeMs'> {
  const { runScript, send, unexpectedReply } = commands
  const askTime = (): Promise<unknown> => onAnyMaster(client, fields.prefix, (key) => send(key, ['TIME']))
  const clock = serverClock(askTime, systemClock)

  const keyOf = (userId: string): string => fields.prefix + userKey(userId)

  /** Moments are compared, so the server's time must be known first. */
  async function run(script: Script, key: string, ...parameters: readonly string[]): Promise<readonly unknown[]> {
    await clock.ready()
    clock.refresh()
    const nonce = newVersion()
    return runScript(script, key, nonce, [nonce, ...parameters])
  }

  /** The first page, if a script replied with all members, or else the first part of the list. */
  async function firstPage(key: string, reply: unknown): Promise<IndexPage> {
    return Array.isArray(reply) ? { entries: entriesOf(reply), after: undefined } : pageFrom(key, '0')
  }

  async function pageFrom(key: string, cursor: string): Promise<IndexPage> {
    const [next, members] = await run(pageScript, key, cursor, String(pageSize))
    if (!Array.isArray(members)) throw unexpectedReply('a script', key)
    return { entries: entriesOf(members), after: String(next) === '0' ? undefined : String(next) }
  }

  return {
    moment: systemClock.monotonic,

    async add(userId, { id, openedAt, lifetimeMs, limit }) {
      const key = keyOf(userId)
      const most = limit === undefined ? '' : String(limit)
      return enterOpened(clock, openedAt, async (opened) => {
        const times = [String(opened), microseconds(clock.now()), indexLifetime(lifetimeMs), String(markLifetimeMs)]
        const entered = readEntered(await run(enterScript, key, memberOf(id), ...times, most))
        if (entered === undefined) throw unexpectedReply('a script', key)
        return entered
      })
    },

    async keep(userId, { id, lifetimeMs }) {
      await run(keepScript, keyOf(userId), memberOf(id), microseconds(clock.now()), indexLifetime(lifetimeMs))
    },

    async revoke(userId) {
      const key = keyOf(userId)
      await clock.ready()
      const parameters = [microseconds(clock.now()), String(markLifetimeMs), String(pageSize)]
      const [time, members] = await run(revokeScoredScript, key, ...parameters)
      return { ...(await firstPage(key, members)), moment: -(Number(time) + 1) }
    },

    async list(userId, after) {
      const key = keyOf(userId)
      if (after !== undefined) return pageFrom(key, after)
      const [members] = await run(scoredEntriesScript, key, String(pageSize))
      return firstPage(key, members)
    },

    async drop(userId, ids) {
      const key = keyOf(userId)
      for (let start = 0; start < ids.length; start += pageSize)
        await run(dropScript, key, String(markLifetimeMs), ...ids.slice(start, start + pageSize).map(memberOf))
    },
  }
}

function microseconds(ms: number): string {
  return String(Math.floor(ms * 1000))
}

/** Of members, each with its number behind it. */
function entriesOf(reply: readonly unknown[]): IndexEntry[] {
  const entries: IndexEntry[] = []
  for (let place = 0; place < reply.length; place += 2) {
    const member = String(reply[place])
    if (member !== mark) entries.push({ id: idOf(member), enteredAt: Number(reply[place + 1]) })
  }
  return entries
}

/** Twice that of the session, in whole ms, because the session extends it only now and then. */
function indexLifetime(lifetimeMs: number): string {
  return String(Math.min(Math.max(1, Math.ceil(2 * lifetimeMs)), longestMs))
}
