import { RecordMismatchError } from '../errors.js'
import type { RedisClient } from '../stores/redis/client.js'
import type { RedisCommands } from '../stores/redis/commands.js'
import { connectionOf, writesLater } from '../stores/redis/connection.js'
import { gatherReads, ownError } from '../stores/redis/gathered-reads.js'
import { isRefused, plainReads } from '../stores/redis/plain-reads.js'
import { echoCommand } from './echo.js'
import { isText } from './replies.js'

/** Whether the replies of a turn belong to their commands; an error if there is no answer to that. */
type Verdict = 'vouched' | 'shifted' | 'unproven' | Error

/** The reads of one turn of the event loop. */
interface Turn {
  readonly key: string
  readonly connection: unknown
  /** How many turns had been shifted when it began. */
  readonly shifted: number
  readonly lifetimes: Map<string, Promise<unknown>>
  readonly verdict: Promise<Verdict>
  readonly settle: (verdict: Verdict) => void
}

interface VouchedReads {
  /** Whether reads can be vouched for, as far as known; if not, this is found out in the background. */
  isAvailable(key: string): boolean
  /** The same once it is known. */
  becomesAvailable(): Promise<boolean>
  /**
   * Resolves to the replies to `GET` and, if `asksLifetime`, to `PTTL`; to `undefined` if they cannot be vouched for, or a command was
   * refused. Rejects with `RecordMismatchError`, and makes the client reconnect, if they belong to other commands.
   */
  read(
    key: string,
    asksLifetime: boolean,
  ): Promise<readonly [value: string | Buffer | null, lifetime: unknown] | undefined>
}

/**
 * Reads by plain commands, although their replies do not name the record. One `ECHO` of a fresh word, sent behind all reads of a turn,
 * vouches for them: a connection answers in order and the client hands out replies in order, so a reply that was lost or doubled shifts
 * all that follow, the echo among them. Faults that cancel out before the echo show, too, because no two commands of a turn that read
 * records have replies of one form: a text from `GET`, lists of different lengths from `MGET`.
 *
 * This holds for commands on one connection. Some clients send commands anew when their connection breaks; the echo then says nothing
 * about replies over the old one. So the connection must be the same at the end.
 *
 * `undefined` for clients that have several connections.
 */
export function vouchedReads(client: RedisClient, commands: RedisCommands): VouchedReads | undefined {
  const connection = connectionOf(client)
  return connection && vouchedReadsOn(connection, client, commands)
}

function vouchedReadsOn(connection: () => unknown, client: RedisClient, commands: RedisCommands): VouchedReads {
  // A command that is sent a second time would come after the echo.
  const send = commands.sendOnce
  const echo = echoCommand(commands)
  let turn: Turn | undefined
  let shifted = 0

  const gather = gatherReads({
    ...plainReads({ ...commands, send }, 'together'),
    valueOf: (reply) => reply,
    writesLater: writesLater(client),
    turnEnded() {
      const ended = turn
      turn = undefined
      if (ended !== undefined) void judge(ended).then(ended.settle)
    },
  })

  function beginTurn(key: string): Turn {
    let settle: Turn['settle'] = () => {}
    const verdict = new Promise<Verdict>((resolve) => {
      settle = resolve
    })
    return { key, connection: connection(), shifted, lifetimes: new Map(), verdict, settle }
  }

  async function judge(ended: Turn): Promise<Verdict> {
    try {
      if (await echo.send(ended.key)) return isProven(ended) ? 'vouched' : 'unproven'
      shifted += 1
      commands.mismatch(ended.key)
      return 'shifted'
    } catch (error) {
      return isRefused(error) ? 'unproven' : (error as Error)
    }
  }

  /** Whether the connection is the same as before, and nothing on it was shifted meanwhile. */
  function isProven(ended: Turn): boolean {
    return ended.connection !== undefined && ended.connection === connection() && ended.shifted === shifted
  }

  function textOf(key: string, value: unknown): string | Buffer | null {
    if (value === null || (isText(value) && !isStatus(value))) return value
    throw commands.unexpectedReply('GET', key)
  }

  function lifetimeOf(key: string, { lifetimes }: Turn): Promise<unknown> {
    const asked = lifetimes.get(key) ?? send(key, ['PTTL', key])
    lifetimes.set(key, asked)
    asked.catch(() => {}) // the value may fail first
    return asked
  }

  return {
    isAvailable: (key) => connection() !== undefined && echo.isAvailable(key),
    becomesAvailable: echo.becomesAvailable,

    async read(key, asksLifetime) {
      const current = (turn ??= beginTurn(key))
      const reply = gather(key)
      const lifetime = asksLifetime ? lifetimeOf(key, current) : undefined
      try {
        const value = await reply
        const replies = [textOf(key, value), lifetime && (await lifetime)] as const
        const verdict = await current.verdict
        if (verdict === 'shifted') throw new RecordMismatchError()
        if (verdict instanceof Error) throw ownError(verdict)
        return verdict === 'vouched' ? replies : undefined
      } catch (error) {
        if (isRefused(error)) return undefined
        throw error
      }
    },
  }
}

/** Whether this is the reply to another command, and never a session. */
function isStatus(reply: string | Buffer): boolean {
  return reply.length < 7 && /^(?:OK|PONG|QUEUED)$/.test(reply.toString())
}
