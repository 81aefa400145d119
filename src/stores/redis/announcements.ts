import { clearTimeout, performance, setTimeout } from '../../engine/timers.js'
import type { AnnouncementListener, Announcements } from '../../announcements.js'
import type { RedisClient } from './client.js'
import type { RedisCommands } from './commands.js'
import { isServerError } from './known-errors.js'
import { canSubscribe, openSubscriber } from './subscriber.js'
import { warnOnce } from './warn-once.js'

// Until a lost subscriber is replaced, and until what the server refused is tried again.
const reopenMs = 1_000
const refusedMs = 60_000

const warning =
  'Redis denies this user PUBLISH or SUBSCRIBE, so that sessions.onEnd() has to ask for sessions once a second: grant +publish +subscribe and ' +
  'the channel. See docs/live-ends.md.'

/** Announcements by publish and subscribe, on one channel for all processes with this prefix. */
export function redisAnnouncements(
  client: RedisClient,
  { sendOnce }: RedisCommands,
  prefix: string,
): Announcements & { close(): void } {
  const channel = `${prefix}ends`
  const listeners = new Set<AnnouncementListener>()
  let closeSubscriber: (() => void) | undefined
  let reopening: NodeJS.Timeout | undefined
  // Which of the subscribers that were opened is in use.
  let generation = 0
  let isSubscribed = false
  let publishRefusedAt = -Infinity

  function setSubscribed(now: boolean): void {
    if (!now && !isSubscribed) return
    isSubscribed = now
    for (const { interrupted } of listeners) interrupted()
  }

  /** In the background, with an empty message, finds out whether messages can be sent. */
  function delivers(): void {
    setSubscribed(true)
    announce('').catch(() => {}) // the connection breaks, and is made again
  }

  function open(): void {
    const own = ++generation
    const isCurrent = (): boolean => own === generation
    const lost = (error?: unknown): void => {
      if (!isCurrent()) return
      generation += 1
      closeSubscriber = undefined
      setSubscribed(false)
      if (isServerError(error, 'forbidden')) warnOnce(warning, 'SESSERA_REDIS_PUBLISH')
      reopening = setTimeout(open, isServerError(error, 'forbidden') ? refusedMs : reopenMs).unref()
    }
    openSubscriber(client, channel, {
      message: (text) => {
        if (!isCurrent()) return
        if (!isSubscribed) delivers() // a Sentinel does not say that its connection is back
        if (text !== '') for (const { heard } of listeners) heard(text)
      },
      delivers: () => void (isCurrent() && delivers()),
      interrupted: () => void (isCurrent() && setSubscribed(false)),
      lost,
    }).then((close) => {
      if (isCurrent()) closeSubscriber = close
      else close()
    }, lost)
  }

  function close(): void {
    generation += 1
    clearTimeout(reopening)
    closeSubscriber?.()
    closeSubscriber = undefined
    isSubscribed = false
  }

  async function announce(text: string): Promise<void> {
    if (performance.now() - publishRefusedAt < refusedMs) return
    try {
      await sendOnce(channel, ['PUBLISH', channel, text])
    } catch (error) {
      if (!isServerError((error as Error).cause, 'forbidden')) throw error
      publishRefusedAt = performance.now()
      if (listeners.size === 0) return // then it does not matter here
      warnOnce(warning, 'SESSERA_REDIS_PUBLISH')
      for (const { interrupted } of listeners) interrupted()
    }
  }

  return {
    announce,
    watch(listener) {
      listeners.add(listener)
      if (listeners.size === 1 && canSubscribe(client)) open()
      return {
        get delivers() {
          return isSubscribed && performance.now() - publishRefusedAt >= refusedMs
        },
        async close() {
          if (listeners.delete(listener) && listeners.size === 0) close()
        },
      }
    },
    close() {
      listeners.clear()
      close()
    },
  }
}
