import type { Announcements, AnnouncementWatch } from '../../announcements.js'
import type { Background } from '../../engine/background.js'
import { randomText } from '../../engine/random.js'
import { setTimeout } from '../../engine/timers.js'
import { InvalidArgumentError, StoreUnavailableError } from '../../errors.js'
import { emitEvent } from '../../events.js'
import { isHandle, type Handle } from '../../store.js'
import { checkUserId } from '../../engine/user-id.js'
import type { StoreOperations } from '../store-operations.js'
import { EndListeners, type EndTarget } from './end-listeners.js'
import type { EndReports } from './end-reports.js'
import { lookSchedule, type Due } from './look-schedule.js'
import { lookAt } from './looks.js'
import { decodeEnd, encodeEnd, secretTag, type EndedSession, type SessionEnd } from './session-end.js'

/** Options of `sessions.onEnd`. */
export interface OnEndOptions {
  /**
   * Whether the listener is told, too, when the session goes on with a new secret: for a socket, which would otherwise stay open for whoever has the
   * old one. Default: `false`.
   */
  readonly rotations?: boolean | undefined
}

export interface LiveEnds {
  /**
   * Calls `listener` when a session ends, on whichever backend; with `{ userId }`, when any session of the user does. Once for each session; with the
   * option `rotations`, also for each rotation. Within 100 ms with the Redis, lmdb and memory stores. Returns what removes the listener.
   *
   * Messages that were lost are made up for by looking at the sessions: at once, whenever the connection was interrupted, and every ten
   * seconds, or every second where the store delivers no messages. This is also how a session that has expired is noticed. Looking extends
   * no session.
   *
   * An error that the listener throws becomes an uncaught exception. `sessions.close()` removes all listeners.
   *
   * @throws InvalidArgumentError for text that is not a handle, and for what `signIn` would not take as a user id
   */
  onEnd(
    target: string | { readonly userId: string | number },
    listener: (end: EndedSession) => void,
    options?: OnEndOptions,
  ): () => void
}

// How long to wait for the next look, on average: while messages are delivered, and while they are not.
const usualPauseMs = 10_000
const shortPauseMs = 1_000
// The look may have been faster than the message that says why a session ended.
const reasonMs = 250

interface Context {
  readonly operations: StoreOperations
  readonly background: Background
  readonly announcements: Announcements | undefined
}

/** Tells listeners what this process and others end. */
export function liveEnds({
  operations,
  background,
  announcements,
}: Context): LiveEnds & EndReports & { close(): Promise<void> } {
  const name = randomText(6)
  const listeners = new EndListeners()
  let watch: AnnouncementWatch | undefined
  let isClosed = false

  const schedule = lookSchedule({
    look,
    isIdle: () => listeners.isEmpty,
    idle: () => void unwatch(),
    pause: () => (watch?.delivers === true ? usualPauseMs : shortPauseMs),
  })

  async function look({ handles, userIds, everything }: Due): Promise<boolean> {
    listeners.beginLook()
    const what = everything ? listeners : { handles: [...handles], userIds: [...userIds] }
    const gone: Handle[] = []
    const isComplete = await lookAt(operations, what, (handle, head) => {
      if (head === undefined) gone.push(handle)
      else listeners.saw(handle, head)
    })
    listeners.endLook()
    const tellGone = (): void => gone.forEach((handle) => listeners.saw(handle, undefined))
    if (watch?.delivers === true && gone.length > 0) setTimeout(tellGone, reasonMs).unref()
    else tellGone()
    return isComplete
  }

  function hear(text: string): void {
    const heard = decodeEnd(text)
    if (heard !== undefined && heard.from !== name) listeners.tell(heard.end)
  }

  function report(end: SessionEnd): void {
    listeners.tell(end)
    if (announcements === undefined) return
    const text = encodeEnd(name, end)
    background.start(operations.run((operation) => operation.call(() => announcements.announce(text))))
  }

  async function unwatch(): Promise<void> {
    const closing = watch
    watch = undefined
    await closing?.close()
  }

  return {
    onEnd(target, listener, { rotations = false } = {}) {
      if (isClosed) throw new StoreUnavailableError('These sessions are closed.')
      const found = targetOf(target)
      if (typeof listener !== 'function') throw new InvalidArgumentError('onEnd needs a function to call.')
      const remove = listeners.add(found, listener, rotations)
      watch ??= announcements?.watch({ heard: hear, interrupted: () => schedule.request('everything') })
      schedule.request(found)
      return remove
    },

    ended(end) {
      emitEvent('ended', end)
      report(end)
    },

    rotated(head) {
      report({ handle: head.handle, userId: head.userId, reason: 'rotated', secret: secretTag(head) })
    },

    async close() {
      isClosed = true
      listeners.clear()
      await Promise.all([schedule.stop(), unwatch()])
    },
  }
}

function targetOf(target: Parameters<LiveEnds['onEnd']>[0]): EndTarget {
  if (typeof target !== 'string') return { userId: checkUserId(target?.userId) }
  if (isHandle(target)) return { handle: target }
  throw new InvalidArgumentError('onEnd needs a handle, such as session.handle, or { userId }.')
}
