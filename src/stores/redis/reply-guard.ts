import { RecordMismatchError, StoreUnavailableError } from '../../errors.js'
import { newVersion } from '../../store.js'
import type { Send } from './client.js'
import { defineScript, evalScript, type Script } from './script.js'

/** Replies with its nonce alone. */
export const echoScript = defineScript('return {ARGV[1]}')

/**
 * Guards against shifted replies: a connection that lost or doubled a reply delivers all later replies to the wrong requests, and neither
 * client nor server notices. Such a connection is closed.
 */
export interface ReplyGuard {
  /**
   * Runs a script whose reply begins with `nonce`, which must be unique to this call, and resolves with the rest of the reply. Rejects
   * with `RecordMismatchError`, and makes the client reconnect, if the reply has another nonce.
   */
  runScript(
    script: Script,
    key: string,
    nonce: string,
    parameters: readonly (string | Uint8Array)[],
  ): Promise<readonly unknown[]>
  /** The error for a reply to another call. Makes the client reconnect. */
  mismatch(key: string): RecordMismatchError
  /** Finds out in the background whether the connection for this key shifts replies; if so, makes the client reconnect. */
  checkConnection(key: string): void
  /** The error for a reply that is impossible for `command`. Checks the connection. */
  unexpectedReply(command: string, key: string): StoreUnavailableError
}

/** Guards the replies to `send`. `reconnect` closes the connection for a key, with everything in flight on it. */
export function guardReplies(send: Send, reconnect: (key: string) => void): ReplyGuard {
  let isChecking = false

  const guard: ReplyGuard = {
    runScript: (script, key, nonce, parameters) =>
      evalScript(send, script, key, parameters).then((reply) => {
        const [first, ...rest] = Array.isArray(reply) ? (reply as readonly unknown[]) : []
        const received = Buffer.isBuffer(first) ? first.toString() : first
        if (received === nonce) return rest
        if (typeof received !== 'string') throw guard.unexpectedReply('a script', key)
        throw guard.mismatch(key)
      }),

    mismatch(key) {
      reconnect(key)
      return new RecordMismatchError()
    },

    checkConnection(key) {
      if (isChecking) return
      isChecking = true
      const echo = (nonce = newVersion()): Promise<unknown> => guard.runScript(echoScript, key, nonce, [nonce])
      // Two: if one reply was lost, the reply to the second answers the first.
      void Promise.allSettled([echo(), echo()]).then(() => {
        isChecking = false
      })
    },

    unexpectedReply(command, key) {
      guard.checkConnection(key)
      return new StoreUnavailableError(
        `The Redis client gave an unexpected reply to ${command}; check that it is a plain client, not in legacy mode.`,
      )
    },
  }
  return guard
}
