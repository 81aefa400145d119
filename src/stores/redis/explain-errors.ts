import { performance, sleep } from '../../engine/timers.js'
import type { Send } from './client.js'
import { explain } from './known-errors.js'

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
      } catch (clientError) {
        if (!(clientError instanceof Error)) throw clientError
        removeArguments(clientError, key)
        const { error, retry } = explain(clientError, command[0])
        if (isRetry) throw error
        if (retry === 'other-server') leaveReplica?.(key)
        if (retry === undefined || performance.now() - started > latestMs) throw error
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
