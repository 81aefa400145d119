import { setTimeout as pause } from 'node:timers/promises'
import type { OwnSession } from '../desk.js'
import type { Slip } from '../link.js'
import { signedIn } from '../races.js'
import type { Scenario } from '../scenario.js'
import type { Stage } from '../stage.js'

// Replies come to those who did not ask. Each time somebody must notice, and visitors must get their own answers again. A shift and some
// duplicates are over by themselves; where a reply is missing, only a new connection helps.

const patienceMs = 1000

/** `count`: how often. */
export function slipping(count: number): Scenario {
  return {
    name: 'FT-24',
    what: `a reply of Redis is dropped, duplicated or shifted, ${count} times; who gives wrong answers for 2 s then gets a new connection`,
    withPeers: true,
    // Nobody can know what an "OK" was the answer to, or what is not there.
    allows: ['lost sessions', 'false sign-ins'],
    async inflict(stage) {
      const watcher = await signedIn(stage.desk, 'watcher')
      let [noticed, recovered] = [0, 0]
      for (let round = 0; round < count; round++) {
        if (await slip(stage, round % 2)) noticed++
        if (await isWellAgain(stage, round % 2, watcher)) recovered++
        else stage.ways[round % 2]!.cut('reset')
        await pause(patienceMs / 4)
      }
      const slips = stage.ways.reduce((sum, way) => sum + way.slips, 0)
      const parts = [`${slips} slips`, `${noticed} noticed`, `${recovered} times well again without help`]
      return { inWords: parts.join(', '), broken: noticed < slips || recovered < slips ? parts : [] }
    },
    detail: ({ after }) => `${after.reduce((sum, { mismatches }) => sum + mismatches, 0)} records of others refused`,
  }
}

/** Whether the backend has noticed it. */
async function slip({ ways, backends, random, subject }: Stage, number: number): Promise<boolean> {
  const before = (await backends[number]!.health()).signs
  ways[number]!.slip(random.pick(kindsFor(subject.clientName)))
  return within(patienceMs, async () => (await backends[number]!.health()).signs > before)
}

/** A reply that nobody waits for ends the process by an error inside ioredis, whoever uses it. */
function kindsFor(clientName: string): readonly Slip[] {
  return clientName === 'ioredis 6' ? ['drop', 'shift'] : ['drop', 'duplicate', 'shift']
}

/** Whether the backend answers a few times in a row what it is asked. */
async function isWellAgain({ desk }: Stage, backend: number, watcher: OwnSession): Promise<boolean> {
  let inARow = 0
  return within(2 * patienceMs, async () => {
    const { owner } = await desk.request(watcher, 'read', { backend })
    inARow = owner === watcher.user ? inARow + 1 : 0
    return inARow >= 5
  })
}

/** Asks until it is so, or the time is over. */
async function within(ms: number, isSo: () => Promise<boolean>): Promise<boolean> {
  for (const began = performance.now(); performance.now() - began < ms; await pause(20)) if (await isSo()) return true
  return false
}
