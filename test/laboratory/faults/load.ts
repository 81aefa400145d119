import { setTimeout as pause } from 'node:timers/promises'
import type { Choices, Desk, OwnSession } from './desk.js'
import { type Kind, type Operation, outcomeOf } from './history.js'
import { inTurns } from './in-turns.js'
import type { Random } from '../../support/random.js'

/** A steady load of users with one session each: reads, additions, sign-outs, rotations; whoever is signed out signs in again. */
export interface Load {
  /** Sends nothing new, and waits for what is under way. */
  stop(): Promise<void>
  /** Reads all sessions, those that were signed out too, so that the history shows what is left; gives up after 20 s. */
  lookAround(): Promise<void>
}

export interface LoadOptions {
  readonly users: number
  readonly perSecond: number
  /** The share of requests whose visitor goes away after a few ms. */
  readonly impatience: number
  /** The share of additions that put 48 kB into the session. */
  readonly bulk: number
  /** The share of sign-outs, and that of rotations. */
  readonly leaving: number
}

export const usualLoad: LoadOptions = { users: 40, perSecond: 100, impatience: 0, bulk: 0, leaving: 0.05 }

interface User {
  readonly name: string
  session: OwnSession | undefined
  /** Reads and additions of a session go side by side; what gives it another cookie, or ends it, is alone. */
  underWay: number
  isAlone: boolean
}

const atOncePerUser = 8
const endedKept = 100
const lookAroundMs = 20_000

export function startLoad(
  desk: Desk,
  random: Random,
  { users: count, perSecond, impatience, bulk, leaving }: LoadOptions,
): Load {
  const users = Array.from({ length: count }, (_, index): User => {
    return { name: `user-${index}`, session: undefined, underWay: 0, isAlone: false }
  })
  const ended: OwnSession[] = []
  const underWay = new Set<Promise<unknown>>()
  const filled = new WeakSet<OwnSession>()
  let isRunning = true
  const arriving = arrive()

  async function arrive(): Promise<void> {
    for (let dueAt = desk.now(); isRunning; dueAt += (1000 / perSecond) * (0.5 + random.next())) {
      await pause(Math.max(0, dueAt - desk.now()))
      const request = begin()
      if (request === undefined) continue
      underWay.add(request)
      void request.finally(() => underWay.delete(request))
    }
  }

  /** Begins one request, unless the user it falls to cannot have another one now. */
  function begin(): Promise<unknown> | undefined {
    if (ended.length > 0 && random.next() < 0.05) return desk.request(random.pick(ended), 'read', choices())
    const user = random.pick(users)
    const kind = chooseKind(random.next(), leaving)
    if (user.isAlone || user.underWay >= atOncePerUser) return undefined
    const { session } = user
    if (session !== undefined && (kind === 'read' || kind === 'add')) return beside(user, session, kind)
    if (user.underWay > 0) return undefined
    return alone(user, session === undefined ? 'sign-in' : kind)
  }

  function choices(): Choices {
    return random.next() < impatience ? { patienceMs: 1 + random.below(10) } : {}
  }

  async function beside(user: User, session: OwnSession, kind: 'read' | 'add'): Promise<void> {
    user.underWay++
    const exactly = random.next() < 0.5 ? '&exactly' : ''
    const isBulk = random.next() < bulk && !filled.has(session) // twice is more than a session may have
    if (isBulk) filled.add(session)
    const { status } = await desk.request(session, kind, {
      ...choices(),
      ...(kind === 'add' && { query: exactly, ...(isBulk && { bytes: 48_000 }) }),
    })
    user.underWay--
    if (status === 401 && user.session === session) user.session = undefined
  }

  async function alone(user: User, kind: Kind): Promise<void> {
    const { session } = user
    user.isAlone = true
    if (kind === 'sign-in' || session === undefined) user.session = await desk.signIn(user.name, choices())
    else leave(user, session, await desk.request(session, kind, choices()))
    user.isAlone = false
  }

  function leave(user: User, session: OwnSession, operation: Operation): void {
    const isOver = operation.kind === 'sign-out' && outcomeOf(operation) === 'ok'
    if (isOver) ended.push(session)
    if (ended.length > endedKept) ended.splice(random.below(endedKept), 1)
    if (isOver || operation.status === 401) user.session = undefined
  }

  return {
    async stop() {
      isRunning = false
      await arriving
      await Promise.all(underWay)
    },
    async lookAround() {
      const sessions = [...users.flatMap(({ session }) => session ?? []), ...ended]
      // A backend that has lost its Redis for good keeps each of these reads waiting.
      const endsAt = desk.now() + lookAroundMs
      await inTurns(sessions, 8, async (session) => {
        for (let tries = 1; tries <= 3 && desk.now() < endsAt; tries++) {
          const operation = await desk.request(session, 'read')
          if (outcomeOf(operation) !== 'unknown') break
          await pause(300)
        }
      })
    },
  }
}

/** 70 % reads, sign-outs and rotations as wanted, and additions. */
function chooseKind(share: number, leaving: number): Exclude<Kind, 'sign-in'> {
  if (share < 0.7) return 'read'
  if (share < 1 - 2 * leaving) return 'add'
  return share < 1 - leaving ? 'sign-out' : 'rotate'
}
