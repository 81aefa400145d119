import type { Backends } from '../../support/balancer/backends.js'
import { type Count, post } from '../../support/balancer/measures.js'
import type { Street } from '../../support/balancer/visitor.js'
import type { RedisServer } from '../../support/servers/redis.js'
import { sideOf } from './findings.js'
import { keyOf } from './records.js'

// What a mixture cannot promise: an old instance overwrites what it has not read, and knows only its own secrets. All of it is
// measured while others use the fleet too.

let gates = 0

/** Changes that twelve requests of one session make, each of a key of its own and after the last has read, and that are not stored. */
export async function countLostChanges(backends: Backends, redis: RedisServer, street: Street): Promise<Count> {
  const visitor = street.visitor()
  await post(visitor, '/sign-in?user=parallel')
  const names = Array.from({ length: 12 }, () => `change-${gates++}`)
  const changes = names.map((name) => post(visitor, `/slow?gate=${name}`))
  await Promise.all(names.map((name) => backends.reached(name)))
  for (const name of names) backends.open(name)
  await Promise.all(changes)
  const stored = JSON.parse(String(await redis.command('GET', keyOf(visitor.cookie)))) as object
  await post(visitor, '/sign-out')
  return { tries: names.length, wrong: names.filter((name) => !(name in stored)).length }
}

/** Whether a session is back that was signed out of while a request was under way; by the side of that request. */
export async function undoSignOuts(
  backends: Backends,
  redis: RedisServer,
  street: Street,
  tally: Tally,
): Promise<void> {
  const rounds = Array.from({ length: 6 }, async () => {
    const visitor = street.visitor()
    await post(visitor, '/sign-in?user=leaving')
    const gate = `leaving-${gates++}`
    const stillHeld = visitor.copy()
    const slow = stillHeld.post(`/slow?gate=${gate}`)
    await backends.reached(gate)
    await post(visitor, '/sign-out')
    backends.open(gate)
    const side = sideOf(await slow)
    tally.add(side, (await redis.command('EXISTS', keyOf(stillHeld.cookie))) === 1)
    await post(stillHeld, '/sign-out')
  })
  await Promise.all(rounds)
}

/** Whether somebody is unknown on an instance though they signed in on another; by both sides: `new → old`. */
export async function overlookSignIns(redis: RedisServer, street: Street, tally: Tally): Promise<void> {
  const wanted = ['old → old', 'old → new', 'new → old', 'new → new']
  for (let round = 0; wanted.some((pair) => !tally.counts.has(pair)); round++) {
    if (round === 100) throw new Error(`Only these pairs were met: ${[...tally.counts.keys()].join(', ')}.`)
    const visitor = street.visitor()
    const signedInOn = sideOf({ backend: await post(visitor, '/sign-in?user=hasty') })
    for (let look = 0; look < 3; look++) {
      const me = await visitor.me()
      tally.add(`${signedInOn} → ${sideOf(me)}`, me.userId !== 'hasty')
    }
    await redis.command('DEL', keyOf(visitor.cookie)) // not every instance would sign them out
  }
}

/** What was tried and went wrong, by what was tried. */
export interface Tally {
  readonly counts: ReadonlyMap<string, Count>
  add(what: string, isWrong: boolean): void
}

export function createTally(): Tally {
  const counts = new Map<string, Count>()
  return {
    counts,
    add(what, isWrong) {
      const { tries, wrong } = counts.get(what) ?? { tries: 0, wrong: 0 }
      counts.set(what, { tries: tries + 1, wrong: wrong + (isWrong ? 1 : 0) })
    },
  }
}
