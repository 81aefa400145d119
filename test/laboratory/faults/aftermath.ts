import { setTimeout as pause } from 'node:timers/promises'
import { type Operation, outcomeOf } from './history.js'
import { inTurns } from './in-turns.js'
import { readAgain, type Victim } from './interrupted.js'
import { recordsOf } from './records.js'
import type { Observation } from './scenario.js'
import type { Stage } from './stage.js'

/** What must become of whom, by the name of the case: the same with both APIs, or not. */
export type Expected = Readonly<Record<'native' | 'drop-in' | 'both', Readonly<Record<string, string>>>>

/** For how long a rotated secret still reads, and a little more. */
const graceMs = 10_500

/** Waits until no rotated secret reads any more, and says what has become of everybody. `cases`: their names. */
export async function observe(
  stage: Stage,
  cases: ReadonlyMap<string, readonly Victim[]>,
  expected: Expected,
): Promise<Observation> {
  const rotated = [...cases.values()].flat().filter(({ deed }) => deed === 'rotate')
  const lastAt = Math.max(...rotated.map(({ atOnce }) => atOnce?.endedAt ?? 0))
  await pause(Math.max(0, lastAt + graceMs - stage.desk.now()))

  const { side } = stage.subject
  const promised = side === 'peer' ? {} : { ...expected.both, ...expected[side] }
  const parts: string[] = []
  const broken: string[] = []
  let longestLifeMs = 0
  for (const [name, victims] of cases) {
    const aftermaths = await inTurns(victims, 1, (victim) => lookAfter(stage, victim))
    const part = `${name}: ${listInWords(aftermaths)}`
    parts.push(part)
    if (promised[name] !== undefined && part !== `${name}: ${promised[name]}`) broken.push(part)
    longestLifeMs = Math.max(longestLifeMs, ...aftermaths.flatMap(({ orphanLivesMs }) => orphanLivesMs))
  }
  const life = longestLifeMs === 0 ? [] : [`orphans live for ${Math.ceil(longestLifeMs / 60_000)} min`]
  return { inWords: [...parts, ...life].join('. '), broken }
}

/** One after the other, or how many where all are the same. */
function listInWords(aftermaths: readonly Aftermath[]): string {
  const all = aftermaths.map(({ inWords }) => inWords)
  return new Set(all).size === 1 ? `${all.length} × ${all[0]}` : all.join(' / ')
}

interface Aftermath {
  readonly inWords: string
  /** Of the records that no cookie opens. */
  readonly orphanLivesMs: readonly number[]
}

async function lookAfter(stage: Stage, victim: Victim): Promise<Aftermath> {
  const { user, deed, told, session, elements, atOnce } = victim
  const later = session && (await readAgain(stage, session))
  const records = await recordsOf(stage.redis, user)
  const orphans = isIn(later) ? records.slice(1) : records
  const states = [
    ...(stage.balancer === undefined ? [] : [told === 0 ? 'told nothing' : `told ${told}`]),
    visitorInWords(atOnce, later),
    ...(deed === 'add' && isIn(atOnce) ? [isThere(atOnce, elements[1]) ? 'added' : 'not added'] : []),
    ...(isIn(atOnce) && elements.length > 0 && !isThere(atOnce, elements[0]) ? ['without what was there before'] : []),
    ...(orphans.length > 0 ? [`${orphans.length} orphaned`] : []),
  ]
  return { inWords: states.join(', '), orphanLivesMs: orphans.map(({ lifeMs }) => lifeMs) }
}

function visitorInWords(atOnce: Operation | undefined, later: Operation | undefined): string {
  if (isIn(later)) return isIn(atOnce) ? 'signed in' : 'signed in later'
  return isIn(atOnce) ? 'signed in for 10 s' : 'signed out'
}

const isIn = (read: Operation | undefined): boolean => read !== undefined && outcomeOf(read) === 'ok'

const isThere = (read: Operation | undefined, element: string | undefined): boolean =>
  element !== undefined && read?.elements?.includes(element) === true
