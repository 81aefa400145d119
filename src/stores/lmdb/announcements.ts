import type { Database } from 'lmdb'
import type { AnnouncementListener, Announcements } from '../../announcements.js'
import { clearInterval, setInterval } from '../../engine/timers.js'

// With the time that a commit takes, this stays below 100 ms.
const lookEveryMs = 25
// Who has not read an announcement by then is told that it has missed some.
const lifetimeMs = 60_000
const mostKept = 1_000

/** Where the number of the last announcement is. */
const lastKey = 0

interface Context {
  readonly now: () => number
  readonly attempt: <Result>(step: () => Result) => Promise<Result>
  readonly write: <Result>(step: () => Result, addedBytes?: number) => Promise<Result>
}

/**
 * Announcements between processes, as a numbered list in the database: `<time> <text>` by number, the last thousand, for a minute. Who watches
 * reads it every few milliseconds.
 */
export function announceThrough(
  ends: Database<string, number>,
  { now, attempt, write }: Context,
): Announcements & { sweep(): Promise<void>; close(): void } {
  const listeners = new Set<AnnouncementListener>()
  let timer: NodeJS.Timeout | undefined
  let read = 0
  let isReadable = false

  const last = (): number => Number(ends.get(lastKey) ?? 0)

  function append(text: string): void {
    const number = last() + 1
    ends.putSync(lastKey, String(number))
    ends.putSync(number, `${now()} ${text}`)
    if (number > mostKept) ends.removeSync(number - mostKept)
  }

  async function sweep(): Promise<void> {
    const isOver = (value: string): boolean => Math.abs(now() - parseFloat(value)) > lifetimeMs
    await write(() => {
      const kept = Array.from(ends.getRange({ start: lastKey + 1 }))
      for (const { key, value } of kept) if (isOver(value)) ends.removeSync(key)
    })
  }

  /** What was announced since the last call; `undefined` if some of it is not there any more. */
  function readNew(): readonly string[] | undefined {
    // Otherwise the read would not see what other processes have written since the last turn of the event loop.
    ends.resetReadTxn()
    const end = last()
    const texts: (string | undefined)[] = []
    for (let number = Math.max(read, end - mostKept) + 1; number <= end; number++) {
      const value = ends.get(number)
      texts.push(value?.slice(value.indexOf(' ') + 1))
    }
    const isWhole = end >= read && end - read === texts.length
    read = end
    return isWhole && texts.every((text) => text !== undefined) ? texts : undefined
  }

  async function look(): Promise<void> {
    const wasReadable = isReadable
    const texts = await attempt(readNew).then(
      (found) => {
        isReadable = true
        return found
      },
      () => {
        isReadable = false
        return undefined
      },
    )
    for (const text of texts ?? []) for (const { heard } of listeners) heard(text)
    if (texts === undefined ? wasReadable || isReadable : !wasReadable)
      for (const { interrupted } of listeners) interrupted()
  }

  function close(): void {
    clearInterval(timer)
    timer = undefined
    isReadable = false
  }

  return {
    announce: (text) => write(() => append(text), Buffer.byteLength(text)),
    watch(listener) {
      listeners.add(listener)
      if (timer === undefined) {
        timer = setInterval(() => void look(), lookEveryMs).unref()
        attempt(() => {
          ends.resetReadTxn()
          read = last()
          isReadable = true
        }).catch(() => {}) // the next look finds out
      }
      return {
        get delivers() {
          return isReadable
        },
        async close() {
          if (listeners.delete(listener) && listeners.size === 0) close()
        },
      }
    },
    sweep,
    close() {
      listeners.clear()
      close()
    },
  }
}
