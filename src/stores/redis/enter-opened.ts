import type { AddResult } from '../../store.js'
import type { ServerClock } from './server-clock.js'
import type { Entered } from './user-calls.js'

// A mark this close to the moment of opening may only seem to be later, because the server's clock is known to a round trip.
const doubtMicroseconds = 1_000_000
const tries = 3

/**
 * Enters a session unless the user was revoked since `openedAt`; tries again with a clock that is known better, if that is in doubt. `enter` is given
 * the moment of opening in whole microseconds of the server.
 */
export async function enterOpened(
  clock: ServerClock,
  openedAt: number,
  enter: (opened: number) => Promise<Entered>,
): Promise<AddResult> {
  await clock.ready()
  for (let attempt = 1; ; attempt++) {
    // A negative moment is the time of the server itself, as `revoke` gives it.
    const opened = openedAt < 0 ? -openedAt : Math.floor(clock.earliestAt(openedAt) * 1000)
    const result = await enter(opened)
    if (result.status !== 'revoked') return result
    const isDoubtful = result.mark !== undefined && result.mark - opened < doubtMicroseconds
    if (!isDoubtful || attempt === tries) return { status: 'revoked' }
    await clock.ask()
  }
}
