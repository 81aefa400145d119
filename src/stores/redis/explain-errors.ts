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
  /** Throws what is wrong, unless the command is to be sent once more. */
  function explainOrRemedy(key: string, command: Command, failure: unknown, started: number | undefined): void {
    if (!(failure instanceof Error)) throw failure
    removeArguments(failure, key, command)
    const { error, remedy } = explain(failure, command[0])
    if (started === undefined || remedy === undefined) throw error
    remedies[remedy]?.(key)
    if (sendsOnce || remedy === 'check-connection' || performance.now() - started > latestMs) throw error
  }

  async function sendAgain(key: string, command: Command): Promise<unknown> {
    await sleep(pauseMs * (1 + Math.random()))
    try {
      return await send(key, command)
    } catch (failure) {
      return explainOrRemedy(key, command, failure, undefined)
    }
  }

  return (key, command) => {
    const started = performance.now()
    // Most commands need no more than this, so there is no async function around it.
    return tryTo(() => send(key, command)).catch((failure: unknown) => {
      explainOrRemedy(key, command, failure, started)
      return sendAgain(key, command)
    })
  }
}

/** A client may also throw, or return no promise. */
function tryTo(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return Promise.resolve(call())
  } catch (error) {
    return Promise.reject(error)
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
