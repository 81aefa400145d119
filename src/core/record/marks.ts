import { randomText } from '../../engine/random.js'

/**
 * The marks of recent writes, the oldest first: each 8 characters, followed by the second in which it was made. A client that re-sends a command after
 * a lost reply finds its mark and knows that the write was done. One text, because requests carry it from record to record and seldom look inside.
 */
export type WriteMarks = string

export const noMarks: WriteMarks = ''

const writerLength = 5
const markLength = 8
const secondLength = 3
const length = markLength + secondLength

// The second begins again after half a day. What is taken for younger than it is stays for one more write.
const seconds = 36 ** secondLength

/**
 * Makes the marks of one writer: of all writes of a process through one `createSessions`. It knows its own marks in any record, and which of them it
 * still waits for. The others are of no use to anybody, so a record keeps few marks, however often it is written.
 */
export class Marks {
  /** 30 random bits: writers that share them would only drop a mark of the other that is still waited for. */
  readonly #writer = randomText(4).slice(0, writerLength)
  readonly #waiting = new Set<string>()
  #count = 0

  /** Makes the mark of a write. From now until `settle`, the writer may look for it. */
  begin(): string {
    this.#count = (this.#count + 1) % 2 ** 18
    const mark = this.#writer + digit(this.#count >> 12) + digit(this.#count >> 6) + digit(this.#count)
    this.#waiting.add(mark)
    return mark
  }

  /** The write has its answer, or has failed. */
  settle(mark: string): void {
    this.#waiting.delete(mark)
  }

  /**
   * The marks that a writer may still look for at `now`: those of its own that wait, and those of others that are younger than `lifetimeMs`, or
   * less than two seconds older.
   */
  live(marks: WriteMarks, now: number, lifetimeMs: number): WriteMarks {
    const lifetime = Math.min(Math.ceil(lifetimeMs / 1000), seconds / 2 - 1)
    let live = noMarks
    for (let at = 0; at < marks.length; at += length) {
      const mark = marks.slice(at, at + markLength)
      const isSettled = mark.startsWith(this.#writer) && !this.#waiting.has(mark)
      const isOld = Math.abs(ageOf(marks.slice(at + markLength, at + length), now)) > lifetime
      if (!isSettled && !isOld) live += marks.slice(at, at + length)
    }
    return live
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function digit(number: number): string {
  return alphabet.charAt(number % 64)
}

/** The marks with that of a write at `now`, in ms. */
export function addMark(marks: WriteMarks, mark: string, now: number): WriteMarks {
  return `${marks}${mark}${secondOf(now).toString(36).padStart(secondLength, '0')}`
}

/** Whether they include this one. */
export function hasMark(marks: WriteMarks, mark: string): boolean {
  for (let at = 0; at < marks.length; at += length) if (marks.startsWith(mark, at)) return true
  return false
}

/** Negative if the clock was set back. */
function ageOf(second: string, now: number): number {
  const age = secondOf(now) - parseInt(second, 36)
  return age - seconds * Math.round(age / seconds)
}

function secondOf(time: number): number {
  return Math.floor(time / 1000) % seconds
}
