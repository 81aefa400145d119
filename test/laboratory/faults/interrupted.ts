import type { Choices, OwnSession } from './desk.js'
import type { Operation } from './history.js'
import type { Trap } from './link.js'
import { signedIn, untilAnswered } from './races.js'
import { recordsOf } from './records.js'
import type { Stage } from './stage.js'

/** What a visitor is in the middle of when the backend dies. */
export type Deed = 'add' | 'rotate' | 'sign-in' | 'sign-out'

/** Where what is to be stored has got to: not to Redis yet, or it is stored, and the backend has not heard of it. */
export type Point = Trap['keeps']

/** Somebody whose request was under way when its backend died. */
export interface Victim {
  readonly user: string
  readonly deed: Deed
  /** The status of the answer; 0 when there was none. */
  readonly told: number
  /** With the cookie that the visitor has now; `undefined`: none. */
  readonly session: OwnSession | undefined
  /** What the visitor added until then: first what was there before. */
  readonly elements: readonly string[]
  /** What a read found right after it. */
  readonly atOnce: Operation | undefined
}

/**
 * Kills a backend (`kill -9`) at this point of a request, and starts it again. Without a balancer that is the first backend; with one,
 * whichever it sends the request to.
 */
export async function interrupt(stage: Stage, deed: Deed, point: Point, user: string): Promise<Victim> {
  const { desk, ways, backends, balancer } = stage
  const exposed = balancer === undefined ? [0] : [0, 1]
  const choices: Choices = balancer === undefined ? { backend: 0 } : {}
  await untilReady(stage, choices)
  const before = deed === 'sign-in' ? undefined : await prepare(stage, user)
  const isMeant = await commandOf(stage, deed, user)

  const caught = exposed.map((number) => ways[number]!.catchNext(point, isMeant).then(() => number))
  const asking =
    deed === 'sign-in' || before === undefined ? desk.signIn(user, choices) : desk.request(before, deed, choices)
  const escaped = asking.then(() => Promise.reject(new Error(`The ${deed} of ${user} passed without being stored.`)))
  escaped.catch(() => {}) // after it was caught it is to end
  const number = await Promise.race([...caught, escaped])
  for (const way of ways) way.catchNothing() // where it is sent again it may pass
  await backends[number]!.kill()
  const answer = await asking
  await backends[number]!.restart()
  await balancer?.untilUp(number) // else the next one to die leaves nobody to send anything to

  const session = before ?? (answer as OwnSession | undefined)
  const [asked] = desk.history.filter((operation) => operation.user === user && operation.kind === deed).slice(-1)
  const elements = desk.history.flatMap((operation) => (operation.user === user ? (operation.element ?? []) : []))
  const atOnce = session && (await visit(stage, session))
  return { user, deed, told: asked!.status, session, elements, atOnce }
}

/** A backend that has just been started may not have found its Redis yet. */
async function untilReady(stage: Stage, choices: Choices): Promise<void> {
  const watcher = await signedIn(stage.desk, 'watcher', elsewhere(stage))
  await untilAnswered(() => stage.desk.request(watcher, 'read', choices))
}

/** A session that holds something, and has been read, so that Redis knows every script for that. */
async function prepare(stage: Stage, user: string): Promise<OwnSession> {
  const session = await signedIn(stage.desk, user, elsewhere(stage))
  await stage.desk.request(session, 'add', elsewhere(stage))
  await readAgain(stage, session)
  return session
}

/** Where nobody is killed. */
function elsewhere({ balancer }: Stage): Choices {
  return balancer === undefined ? { backend: 1 } : {}
}

/** How to know the command that does it. */
async function commandOf({ redis }: Stage, deed: Deed, user: string): Promise<Trap['isMeant']> {
  if (deed !== 'sign-out') return (command) => command.includes(user) // whatever is stored says whose it is
  const [record] = await recordsOf(redis, user)
  let named = 0
  // The first one reads. The drop-in then asks for the expiry.
  return (command) => command.includes(record!.key) && !command.includes('PTTL') && ++named > 1
}

/** Reads, adds and reads: if the addition is acknowledged and not there, the checker finds that. */
async function visit(stage: Stage, session: OwnSession): Promise<Operation> {
  const first = await readAgain(stage, session)
  await stage.desk.request(session, 'add', elsewhere(stage))
  await readAgain(stage, session)
  return first
}

export function readAgain(stage: Stage, session: OwnSession): Promise<Operation> {
  return stage.desk.request(session, 'read', elsewhere(stage))
}
