import { type EagerAnswer, openEagerVisitor } from './eager-visitor.js'
import type { Fleet } from './fleet.js'
import type { Proxy } from './proxies.js'
import type { Data } from './shop.js'
import type { Me, Street, Visitor } from './visitor.js'

// What Sessera promises and is compared by. Each measure counts what went wrong, so that 0 is what one wants to see.

/** What a measure found. */
export interface Count {
  readonly tries: number
  readonly wrong: number
}

const names = (prefix: string): string[] => Array.from({ length: 10 }, (_, index) => `${prefix}${index}`)
const keys = names('key')
const pages = names('page')
const counts = 20

/** Writes that one user sends at once: 10 values of their own, 10 deep changes, 20 times the same counter. */
export const writesPerUser = keys.length + pages.length + counts

/** Writes that were acknowledged, and those that are not exactly there afterwards. */
export async function countLostWrites(street: Street, { users }: { readonly users: number }): Promise<Count> {
  const lost: number[] = []
  let next = 0
  // Several users at once, each with all requests at once.
  const crowd = Array.from({ length: 5 }, async () => {
    while (next < users) lost.push(await loseWrites(street.visitor(), `user-${next++}`))
  })
  await Promise.all(crowd)
  return { tries: users * writesPerUser, wrong: lost.reduce((sum, count) => sum + count, 0) }
}

async function loseWrites(visitor: Visitor, user: string): Promise<number> {
  await post(visitor, `/sign-in?user=${user}`)
  await post(visitor, `/prepare?pages=${pages.join(',')}`)
  const writes = [
    ...keys.map((key) => `/keep?key=${key}&value=of-${user}`),
    ...pages.map((page) => `/deep?page=${page}`),
    ...Array.from({ length: counts }, () => '/count'),
  ]
  await Promise.all(writes.map((path) => post(visitor, path)))

  const { userId, data } = await visitor.me()
  if (userId !== user) return writes.length
  const lostKeys = keys.filter((key) => data[key] !== `of-${user}`)
  const lostPages = pages.filter((page) => JSON.stringify(data[page]) !== '{"marks":{"seen":["yes"]}}')
  return lostKeys.length + lostPages.length + Math.abs(counts - Number(data['count'] ?? 0))
}

/** Sign-outs that a slower request of the same session, on another backend, undid. */
export function countUndoneSignOuts(fleet: Fleet, street: Street, rounds: number): Promise<Count> {
  return repeat(rounds, async (round) => {
    const visitor = street.visitor()
    await post(visitor, `/sign-in?user=${round}`)
    const stillHeld = visitor.copy()
    await overtake(fleet, visitor, `/sign-out`)
    return (await lookEverywhere(stillHeld)).some(({ userId }) => userId !== null)
  })
}

/** Sends a slow request, and another one that is answered before it. Both write, on different backends. */
export async function overtake(fleet: Fleet, visitor: Visitor, path: string): Promise<void> {
  const gate = `gate-${gates++}`
  const slow = post(visitor.copy(), `/slow?gate=${gate}`)
  await fleet.reached(gate)
  const fast = await post(visitor, path)
  fleet.open(gate)
  if ((await slow) === fast) throw new Error(`Backend ${fast} served both requests.`)
}
let gates = 0

/** What the visitor is told on each of the three backends, whose turns come one after the other. */
export async function lookEverywhere(visitor: Visitor): Promise<Me[]> {
  const looks = [await visitor.me(), await visitor.me(), await visitor.me()]
  const asked = new Set(looks.map(({ backend }) => backend))
  if (asked.size !== 3) throw new Error(`Only these backends were asked: ${[...asked].join(', ')}.`)
  return looks
}

/**
 * Redirects whose follow-up, sent at their first byte and served by another backend, did not find what was stored: half of
 * them sign in, half store a value. Writes to Redis take 10 ms longer meanwhile. With `save`, handlers save by hand.
 */
export async function countOutrunRedirects(
  fleet: Fleet,
  proxy: Proxy,
  { rounds, save = false }: { readonly rounds: number; readonly save?: boolean },
): Promise<Count> {
  fleet.redis.delayMs = 10
  const visitor = await openEagerVisitor(proxy)
  const misses = async (path: string, found: (me: { userId: unknown; data: Data }) => boolean): Promise<boolean> => {
    const { from, to } = await visitor.follow(save ? `${path}&save` : path)
    expectAnotherBackend(from, to)
    return !found(JSON.parse(to.body) as Me)
  }
  try {
    return await repeat(rounds, (round) =>
      round % 2 === 0
        ? misses(`/sign-in?user=${round}`, ({ userId }) => userId === String(round))
        : misses(`/keep?key=round&value=${round}`, ({ data }) => data['round'] === String(round)),
    )
  } finally {
    visitor.close()
    fleet.redis.delayMs = 0
  }
}

function expectAnotherBackend(from: EagerAnswer, to: EagerAnswer): void {
  if (from.status !== 302 || to.status !== 200) throw new Error(`Answered: ${from.status}, ${to.status} ${to.body}`)
  if (from.backend === to.backend) throw new Error(`Backend ${to.backend} served both requests.`)
}

async function repeat(tries: number, goesWrong: (round: number) => Promise<boolean>): Promise<Count> {
  let wrong = 0
  for (let round = 0; round < tries; round++) if (await goesWrong(round)) wrong++
  return { tries, wrong }
}

/** Sends a write that must be acknowledged; tells by which backend. */
export async function post(visitor: Visitor, path: string): Promise<string> {
  const { status, backend, body } = await visitor.post(path)
  if (status >= 400) throw new Error(`${path} was answered with ${status}: ${body}`)
  return backend
}
