import { performance, sleep } from '../../engine/timers.js'
import type { Command, Send } from './client.js'
import { explain, type Remedy } from './known-errors.js'

// The second attempt comes while the caller still waits.
const pauseMs = 100
const latestMs = 300

/** How to apply the remedies other than sending again. */
type Remedies = Partial<Record<Remedy, ((key: string) => void) | undefined>>

/**
 * Wraps `send` so that an error of the server or the connection says what is wrong and what to do. Applies its remedy, and, unless
 * `sendsOnce`, sends a command once more if the reason may be over in a moment.
 */
export function explainErrors(send: Send, remedies: Remedies = {}, sendsOnce = false): Send {
  return async (key, command) => {
    const started = performance.now()
    for (let isRetry = false; ; isRetry = true) {
      try {
        return await send(key, command)
      } catch (clientError) {
        if (!(clientError instanceof Error)) throw clientError
        removeArguments(clientError, key, command)
        const { error, remedy } = explain(clientError, command[0])
        if (isRetry || remedy === undefined) throw error
        remedies[remedy]?.(key)
        if (sendsOnce || remedy === 'check-connection' || performance.now() - started > latestMs) throw error
      }
      await sleep(pauseMs * (1 + Math.random()))
    }
  }
}

/** Servers may repeat what they were sent: the record, and the keys, which for the drop-in contain the session's secret. */
function removeArguments(error: Error, key: string, [name, ...parameters]: Command): void {
  const { message, stack } = error
  const keys = name === 'MGET' ? parameters : [key]
  let safe = message.replace(/,? with args beginning with:.*/is, '')
  for (const one of keys) if (one.length > 0) safe = safe.replaceAll(String(one), '…')
  if (safe === message) return
  error.message = safe
  // The stack begins with the original message.
  if (stack !== undefined) error.stack = stack.replace(message, () => safe)
}
