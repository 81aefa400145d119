import { performance, sleep } from '../../engine/timers.js'
import { StoreFullError, StoreRefusedError } from '../../errors.js'
import type { Send } from './client.js'
import { connectionError } from './connection-errors.js'
import { scriptPermissionError } from './script-permission.js'

// Patterns fit the texts of all clients: their errors have no codes, and valkey-glide puts the server's texts into words of its own.

const patterns = {
  /** The server does not have the script of this hash. */
  noScript: /NOSCRIPT|NoScriptError/,
  /** The server cannot compile the script's text. */
  notCompiled: /compiling script/i,
  /** The key holds something other than a string. */
  wrongType: /WRONGTYPE/,
  /** The user may not run the command, or the server does not have it. */
  forbidden: /no permissions|unknown command/i,
  full: /\bOOM\b/,
} as const

/** Whether the server rejected a command for this reason. */
export function isServerError(error: unknown, reason: keyof typeof patterns): boolean {
  return error instanceof Error && patterns[reason].test(error.message)
}

interface Refusal {
  readonly pattern: RegExp
  readonly meaning: string
  /**
   * For what may be over in a moment: where to send the command once more. Safe, because nothing was carried out. `undefined` for what
   * stays.
   */
  readonly retry?: 'same-connection' | 'new-connection'
}

const refusals: readonly Refusal[] = [
  { pattern: /\bLOADING\b|BusyLoading/, meaning: 'is loading its data after a start', retry: 'same-connection' },
  { pattern: /\bMASTERDOWN\b|MasterDown/, meaning: 'has lost its master', retry: 'same-connection' },
  {
    pattern: /\bREADONLY\b|- ReadOnly/,
    meaning: 'is a read-only replica; connect through Sentinel, or to the master',
    retry: 'new-connection',
  },
  {
    pattern: /\bCLUSTERDOWN\b|- ClusterDown/i,
    meaning: 'is part of a cluster that is down for this slot',
    retry: 'same-connection',
  },
  { pattern: /\bTRYAGAIN\b|- TryAgain/i, meaning: 'is moving this slot', retry: 'same-connection' },
  { pattern: /\bMISCONF\b/, meaning: 'cannot save to its disk and so takes no writes; see its log' },
  { pattern: /\bNOREPLICAS\b/, meaning: 'has too few replicas to take writes' },
  { pattern: /\bBUSY\b|BusyScript/, meaning: 'is busy with a script that does not end' },
  {
    pattern: /\b(?:NOAUTH|WRONGPASS)\b|- (?:NoAuth|AuthenticationFailed)/i,
    meaning: 'wants a user and password, which the client has not or wrong',
  },
  {
    pattern: /\bNOPERM\b|no permissions|can't run this command/i,
    meaning: 'does not let this user do that; docs/redis.md, "A user of its own", lists what to grant',
  },
  {
    pattern: /\bunknown (?:redis )?command/i,
    meaning:
      'does not have a command that the store needs, or somebody renamed it; docs/redis.md, "A user of its own", lists them',
  },
]

// The second attempt comes while the caller still waits.
const pauseMs = 100
const latestMs = 300

/**
 * Wraps `send` so that an error of the server or the connection says what is wrong and what to do. Sends a command once more if the
 * reason may be over in a moment; if the server is a read-only replica, calls `leaveReplica` first.
 */
export function explainErrors(send: Send, leaveReplica?: (key: string) => void): Send {
  return async (key, command) => {
    const started = performance.now()
    for (let isRetry = false; ; isRetry = true) {
      try {
        return await send(key, command)
      } catch (error) {
        if (!(error instanceof Error)) throw error
        removeArguments(error, key)
        const refusal = refusals.find(({ pattern }) => pattern.test(error.message))
        if (isRetry) throw explained(error, refusal, command[0])
        if (refusal?.retry === 'new-connection') leaveReplica?.(key)
        if (refusal?.retry === undefined || performance.now() - started > latestMs)
          throw explained(error, refusal, command[0])
      }
      await sleep(pauseMs * (1 + Math.random()))
    }
  }
}

/** Servers may repeat what they were sent: the record, and the key, which for the drop-in contains the session's secret. */
function removeArguments(error: Error, key: string): void {
  const { message, stack } = error
  const withoutArguments = message.replace(/,? with args beginning with:.*/is, '')
  const safe = key === '' ? withoutArguments : withoutArguments.replaceAll(key, '…')
  if (safe === message) return
  error.message = safe
  // It begins with the original message.
  if (stack !== undefined) error.stack = stack.replace(message, () => safe)
}

/** Anything else, such as a missing script, stays the client's own error. */
function explained(error: Error, refusal: Refusal | undefined, command: string): Error {
  if (isServerError(error, 'full')) return new StoreFullError(error)
  return (
    scriptPermissionError(command, error) ??
    (refusal && new StoreRefusedError(`Redis ${refusal.meaning}.`, error)) ??
    connectionError(error) ??
    error
  )
}
