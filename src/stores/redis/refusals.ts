import { StoreFullError, StoreRefusedError } from '../../errors.js'
import type { Send } from './client.js'
import { connectionFailure } from './connection-failures.js'
import { scriptsRefused } from './script-rights.js'
import { performance, sleep } from '../../engine/timers.js'

interface Refusal {
  /** In the texts of all clients; they have no codes, and valkey-glide puts words of its own around the server's. */
  readonly text: RegExp
  readonly meaning: string
  /** Whether it may be over in a moment. Nothing was carried out, so that sending again is safe. */
  readonly passes: boolean
  /** Whether somebody else may have become the master. */
  readonly isReplica?: boolean
}

const refusals: readonly Refusal[] = [
  { text: /\bLOADING\b|BusyLoading/, meaning: 'is loading its data after a start', passes: true },
  { text: /\bMASTERDOWN\b|MasterDown/, meaning: 'has lost its master', passes: true },
  {
    text: /\bREADONLY\b|- ReadOnly/,
    meaning: 'is a read-only replica; connect through Sentinel, or to the master',
    passes: true,
    isReplica: true,
  },
  { text: /\bCLUSTERDOWN\b|- ClusterDown/i, meaning: 'is part of a cluster that is down for this slot', passes: true },
  { text: /\bTRYAGAIN\b|- TryAgain/i, meaning: 'is moving this slot', passes: true },
  { text: /\bMISCONF\b/, meaning: 'cannot save to its disk and so takes no writes; see its log', passes: false },
  { text: /\bNOREPLICAS\b/, meaning: 'has too few replicas to take writes', passes: false },
  { text: /\bBUSY\b|BusyScript/, meaning: 'is busy with a script that does not end', passes: false },
  {
    text: /\b(?:NOAUTH|WRONGPASS)\b|- (?:NoAuth|AuthenticationFailed)/i,
    meaning: 'wants a user and password, which the client has not or wrong',
    passes: false,
  },
  {
    text: /\bNOPERM\b|no permissions|can't run this command/i,
    meaning: 'does not let this user do that; docs/redis.md, "A user of its own", lists what to grant',
    passes: false,
  },
  {
    text: /\bunknown (?:redis )?command/i,
    meaning:
      'does not have a command that the store needs, or somebody renamed it; docs/redis.md, "A user of its own", lists them',
    passes: false,
  },
]

const full = /\bOOM\b/
const timedOut = /timed out/i

// One second attempt, while whoever called still waits.
const pauseMs = 100
const latestMs = 300

/** What is to be done besides when a call fails. */
interface Reactions {
  /** The server is a read-only replica. */
  leaveReplica?(key: string): void
  /** The client did not get its reply in time: perhaps another call did. */
  doubt?(key: string): void
}

/**
 * Like `send`, but what the server refuses, and a connection that is missing or breaks, rejects with an error that says why; what passes in a moment is sent once more, where
 * the server is a replica by a new connection.
 */
export function explainRefusals(send: Send, { leaveReplica, doubt }: Reactions = {}): Send {
  return async (key, command) => {
    const started = performance.now()
    try {
      return await send(key, command)
    } catch (error) {
      forgetArguments(error, key)
      const refusal = refusalIn(error)
      if (refusal?.isReplica) leaveReplica?.(key)
      if (timedOut.test(messageOf(error))) doubt?.(key)
      if (refusal?.passes !== true || performance.now() - started > latestMs)
        throw explained(error, refusal, command[0])
    }
    await sleep(pauseMs * (1 + Math.random()))
    try {
      return await send(key, command)
    } catch (error) {
      forgetArguments(error, key)
      throw explained(error, refusalIn(error), command[0])
    }
  }
}

/** Servers may repeat what they were sent: the record, and the key, in which the drop-in has its secret. */
function forgetArguments(error: unknown, key: string): void {
  if (!(error instanceof Error)) return
  const { message, stack } = error
  const known = message.replace(/,? with args beginning with:.*/is, '')
  const safe = key === '' ? known : known.replaceAll(key, '…')
  if (safe === message) return
  error.message = safe
  // It begins with the message, as it was.
  if (stack !== undefined) error.stack = stack.replace(message, () => safe)
}

function refusalIn(error: unknown): Refusal | undefined {
  const message = messageOf(error)
  return refusals.find(({ text }) => text.test(message))
}

/** What was said besides, such as of a script that is not there yet, stays the client's own error. */
function explained(error: unknown, refusal: Refusal | undefined, command: string): unknown {
  if (full.test(messageOf(error))) return new StoreFullError(error)
  const refused = scriptsRefused(command, error)
  if (refused !== undefined) return refused
  if (refusal !== undefined) return new StoreRefusedError(`Redis ${refusal.meaning}.`, error)
  return connectionFailure(error) ?? error
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}
