import { setTimeout as pause } from 'node:timers/promises'
import { findContradictions } from './checker.js'
import type { Choices, OwnSession } from './desk.js'
import { outcomeOf } from './history.js'
import { inTurns } from './in-turns.js'
import { type Stage, setStage } from './stage.js'
import type { Subject } from './subjects.js'

/** How often something went wrong, of how many times it was tried. */
export interface Count {
  readonly wrong: number
  readonly tries: number
}

/** How many of each are done. */
export interface Extent {
  readonly signOuts: number
  readonly writers: number
  readonly visitsWhileDown: number
}

/** What is measured of one subject. */
export interface RaceResult {
  readonly subject: Subject
  readonly undoneSignOuts: Count
  readonly lostWrites: Count
  /** While Redis was dead: sign-ins answered as success, with nothing stored. */
  readonly falseSignIns: Count
  /** While Redis was dead: sign-outs answered as success, of sessions that go on. */
  readonly falseSignOuts: Count
}

export const writesAtOnce = 40

/** What parallel requests of one visitor do to each other, and what is said while Redis is dead. Each race has sessions of its own. */
export async function measureRaces(subject: Subject, extent: Extent, seed: number): Promise<RaceResult> {
  const stage = await setStage(subject, { seed, settings: ['--appendonly', 'yes'] })
  try {
    const undoneSignOuts = await raceSignOuts(stage, extent.signOuts)
    const lostWrites = await writeAtOnce(stage, extent.writers)
    return { subject, undoneSignOuts, lostWrites, ...(await visitWhileDown(stage, extent.visitsWhileDown)) }
  } finally {
    await stage.stop()
  }
}

/** On one backend a request of the session stands in its handler; the other backend signs out; then the request writes. */
async function raceSignOuts({ backends, browser, desk }: Stage, tries: number): Promise<Count> {
  const [{ port }] = backends
  const began = desk.history.length
  const atGate = (method: 'GET' | 'POST', path: string) => browser.ask({ port, method, path, patienceMs: 8000 })
  await inGroups(tries, 10, async (number) => {
    const session = await signedIn(desk, `user-${number}`)
    await untilAnswered(() => desk.request(session, 'read', { backend: 1 })) // that one has just started, too
    const slow = desk.request({ ...session }, 'add', { backend: 0, query: `&gate=${number}` })
    await atGate('GET', `/arrived?gate=${number}`)
    await desk.request(session, 'sign-out', { backend: 1 })
    await atGate('POST', `/open?gate=${number}`)
    await slow
    for (const backend of [0, 1]) await desk.request(session, 'read', { backend })
  })
  const history = desk.history.slice(began)
  const signOuts = history.filter((operation) => operation.kind === 'sign-out' && outcomeOf(operation) === 'ok')
  return { wrong: findContradictions(history).undoneSignOuts.length, tries: signOuts.length }
}

/** Each user adds many elements at once. */
async function writeAtOnce({ desk }: Stage, users: number): Promise<Count> {
  const began = desk.history.length
  await inGroups(users, 4, async (number) => {
    const session = await signedIn(desk, `user-${number}`)
    const adding = Array.from({ length: writesAtOnce }, (_, index) =>
      desk.request(session, 'add', index % 2 === 0 ? { query: '&exactly' } : {}),
    )
    await Promise.all(adding)
    await desk.request(session, 'read')
  })
  const history = desk.history.slice(began)
  const acknowledged = history.filter((operation) => operation.kind === 'add' && outcomeOf(operation) === 'ok')
  return { wrong: findContradictions(history).lostWrites.length, tries: acknowledged.length }
}

async function visitWhileDown(
  { desk, redis }: Stage,
  visits: number,
): Promise<Pick<RaceResult, 'falseSignIns' | 'falseSignOuts'>> {
  const began = desk.history.length
  const before: OwnSession[] = []
  await inGroups(visits, 10, async (number) => void before.push(await signedIn(desk, `user-${number}`)))
  await redis.kill()
  const during: OwnSession[] = []
  await inGroups(visits, visits, async (number) => {
    const session = await desk.signIn(`other-${number}`, { query: '&simply' })
    if (session !== undefined) during.push(session)
    await desk.request(before[number]!, 'sign-out')
  })
  await redis.restart()
  await inTurns([...before, ...during], 10, (session) => untilAnswered(() => desk.request(session, 'read')))
  const { falseSignIns, undoneSignOuts } = findContradictions(desk.history.slice(began))
  return {
    falseSignIns: { wrong: falseSignIns.length, tries: visits },
    falseSignOuts: { wrong: undoneSignOuts.length, tries: visits },
  }
}

/** Asks until somebody can say; not for ever. */
export async function untilAnswered(ask: () => Promise<{ readonly status: number }>): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    if (outcomeOf(await ask()) !== 'unknown') return
    await pause(100)
  }
}

export async function signedIn(desk: Stage['desk'], user: string, choices: Choices = {}): Promise<OwnSession> {
  for (let tries = 0; tries < 50; tries++) {
    const session = await desk.signIn(user, choices)
    if (session !== undefined) return session
    await pause(100) // the backends have just started
  }
  throw new Error(`${user} could not sign in.`)
}

/** Does it for each number from 0 on, some of them at once. */
async function inGroups(count: number, atOnce: number, act: (number: number) => Promise<void>): Promise<void> {
  await inTurns([...Array(count).keys()], atOnce, act)
}
