import { randomText } from '../../engine/random.js'

/**
 * The marks of recent writes, the oldest first: each 8 characters, followed by the second in which it was made. A client that re-sends a command after
 * a lost reply finds its mark and knows that the write was done. One text, because requests carry it from record to record and seldom look inside.
 */
export type WriteMarks = string

export const noMarks: WriteMarks = ''

const markLength = 8
const secondLength = 3
const length = markLength + secondLength

// The second begins again after half a day. What is taken for younger than it is stays for one more write.
const seconds = 36 ** secondLength

/** A mark for one attempted write: 48 random bits. */
export function newMark(): string {
  return randomText(6)
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

/** The marks that a writer may still look for at `now`: all that are younger than `lifetimeMs`, and some that are less than two seconds older. */
export function liveMarks(marks: WriteMarks, now: number, lifetimeMs: number): WriteMarks {
  const lifetime = Math.min(Math.ceil(lifetimeMs / 1000), seconds / 2 - 1)
  let at = 0
  while (at < marks.length && Math.abs(ageOf(marks.slice(at + markLength, at + length), now)) > lifetime) at += length
  return marks.slice(at)
}

export function countMarks(marks: WriteMarks): number {
  return marks.length / length
}

/** Negative if the clock was set back. */
function ageOf(second: string, now: number): number {
  const age = secondOf(now) - parseInt(second, 36)
  return age - seconds * Math.round(age / seconds)
}

function secondOf(time: number): number {
  return Math.floor(time / 1000) % seconds
}
