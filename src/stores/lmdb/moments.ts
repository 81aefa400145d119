// Moments are readings of the clock that all processes of the machine share. Marks of revocations are moments, too, and no two marks of one
// user are the same: a mark is moved on by a millisecond where the clock still shows that of the one before.

/** How long a mark stays, in ms. No request is open for longer. */
export const markLifetimeMs = 86_400_000

// A mark that was moved on is this far ahead of the clock at most.
const mostAheadMs = 1_000

/** Whether a moment is so far ahead that it is from before the clock was set back. */
export function isAhead(moment: number, time: number): boolean {
  return moment > time + mostAheadMs
}

/** The present moment in a process that has left `latestMark`: it is after it, also if the clock stands still. */
export function momentAfter(latestMark: number, time: number): number {
  return latestMark < time || isAhead(latestMark, time) ? time : latestMark + 1
}

/** The mark of a revocation at this moment. It is after the user's previous one, from which another process may have taken its moment. */
export function nextMark(previous: number | undefined, moment: number): number {
  return previous === undefined || isAhead(previous, moment) ? moment : Math.max(moment, previous + 1)
}

/** Whether the user was revoked since a request was opened, or it cannot be told. A mark from before the clock was set back means nothing. */
export function isRevoked(openedAt: number, mark: number | undefined, time: number): boolean {
  if (openedAt <= time - markLifetimeMs) return true
  if (mark === undefined || isAhead(mark, time)) return false
  return openedAt <= mark || isAhead(openedAt, time)
}
