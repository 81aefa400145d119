import type { AddResult } from '../../store.js'
import type { RedisCommands } from './commands.js'
import type { ServerClock } from './server-clock.js'

/** No request is open for longer than this, so a revocation need not be remembered for longer. */
export const markLifetimeMs = 86_400_000
// A mark this close to the moment of opening may only seem to be later, because the server's clock is known to a round trip.
const doubtMs = 1_000
const tries = 3

/** The moments that a script compares, in microseconds of the server. */
interface Moments {
  readonly opened: string
  readonly now: string
}

/**
 * Runs a script that enters a session unless the user was revoked since `openedAt`; again with a clock that is known better, if that is in
 * doubt.
 */
export async function enterOpened(
  { unexpectedReply }: RedisCommands,
  { clock, key, openedAt }: { readonly clock: ServerClock; readonly key: string; readonly openedAt: number },
  run: (moments: Moments) => Promise<readonly unknown[]>,
): Promise<AddResult> {
  for (let attempt = 1; ; attempt++) {
    // A negative moment is the time of the server itself, as `revoke` gives it.
    const opened = openedAt < 0 ? -openedAt / 1000 : clock.earliestAt(openedAt)
    const [status, detail] = await run({ opened: microseconds(opened), now: microseconds(clock.now()) })
    switch (String(status)) {
      case 'added':
        return { status: 'added', others: Number(detail) }
      case 'full':
      case 'absent':
        return { status: String(status) as 'full' | 'absent' }
      case 'revoked': {
        const isDoubtful = Number(detail) / 1000 - opened < doubtMs && Number(detail) > 0
        if (!isDoubtful || attempt === tries) return { status: 'revoked' }
        await clock.ask()
        break
      }
      default:
        throw unexpectedReply('a script', key)
    }
  }
}

export function microseconds(ms: number): string {
  return String(Math.floor(ms * 1000))
}
