import { performance } from '../engine/timers.js'
import { newVersion } from '../store.js'
import type { RedisCommands } from '../stores/redis/commands.js'
import { isForbidden, isRefused } from '../stores/redis/plain-reads.js'

const firstPauseMs = 10_000

/** Whether the server sends a fresh word back. */
interface Echo {
  /** Whether `ECHO` works, as far as known. Otherwise tries it in the background. */
  isAvailable(key: string): boolean
  /** The same after waiting for the attempt that is under way. */
  becomesAvailable(): Promise<boolean>
  /** Resolves to whether the reply is the word that was sent. Rejects if there is none. */
  send(key: string): Promise<boolean>
}

/**
 * The command `ECHO`. It is first tried beside other commands: the user may lack it, and some proxies close the connection when they see
 * it. So it is tried again ever more rarely, and no more once it was refused.
 */
export function echoCommand({ sendOnce, checkConnection }: RedisCommands): Echo {
  let isKnown = false
  let attempt: Promise<void> | undefined
  let pauseMs = firstPauseMs
  let triesAgainAt = -Infinity

  async function send(key: string): Promise<boolean> {
    const word = newVersion()
    try {
      const reply = await sendOnce(key, ['ECHO', word])
      return (Buffer.isBuffer(reply) ? reply.toString() : reply) === word
    } catch (error) {
      if (isRefused(error)) isKnown = false
      if (isForbidden(error)) triesAgainAt = Infinity
      throw error
    }
  }

  async function trySending(key: string): Promise<void> {
    triesAgainAt = performance.now() + pauseMs
    pauseMs *= 10
    try {
      isKnown = await send(key)
      if (!isKnown) checkConnection(key)
    } finally {
      attempt = undefined
    }
  }

  return {
    isAvailable(key) {
      if (!isKnown && attempt === undefined && performance.now() >= triesAgainAt)
        attempt = trySending(key).catch(() => {})
      return isKnown
    },
    async becomesAvailable() {
      await attempt
      return isKnown
    },
    send,
  }
}
