import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { findContradictions } from './checker.js'
import type { Health } from './health.js'
import type { Operation } from './history.js'
import { startLoad, usualLoad } from './load.js'
import { isOfIndex } from './records.js'
import type { Observation, Scenario, Wrong } from './scenario.js'
import { setStage, type Stage } from './stage.js'
import type { Subject } from './subjects.js'
import { latencyOf, recoveryOf, shareDone, startedBetween, type Latency } from './timing.js'

/** What became of one subject in one scenario. */
export interface Result {
  readonly scenario: Scenario
  readonly subject: Subject
  readonly history: readonly Operation[]
  /** When the fault began and when it was over, by the clock of the history. */
  readonly brokenAt: number
  readonly healedAt: number
  /** Of what was asked for while the fault lasted: the share that was done, or rightly refused. */
  readonly shareDuring: number
  /** From the beginning of the fault. */
  readonly latency: Latency
  /** From the end of the fault; `undefined`: not within the run. */
  readonly recoveryMs: number | undefined
  readonly wrongs: Readonly<Record<Wrong, number>>
  /** The longest stalls of the load generator and of a backend: what the machine adds to an answer. */
  readonly loopDelayMs: number
  /** Connections that the backends made to Redis while the fault lasted. */
  readonly connections: number
  /** The backends when the fault began, and at the end. */
  readonly before: readonly Health[]
  readonly after: readonly Health[]
  /** How much longer the sessions in Redis live at the end: the shortest and the longest life. */
  readonly livesMs: readonly [shortest: number, longest: number]
  readonly observed: Observation | undefined
}

const warmUpMs = 1500
/** The usual time that the load goes on after the fault. */
const usualAfterwardsMs = 5000

export async function runScenario(scenario: Scenario, subject: Subject, seed: number): Promise<Result> {
  const stage = await setStage(subject, { ...scenario, seed })
  const loopDelay = monitorEventLoopDelay({ resolution: 10 })
  const { desk } = stage
  const load = startLoad(desk, stage.random, { ...usualLoad, ...scenario.load })
  try {
    await pause(scenario.startsWithoutRedis ? 0 : warmUpMs)
    // From here on, as the first requests are slow for reasons of their own.
    const before = await Promise.all(stage.backends.map((backend) => backend.health(true)))
    loopDelay.enable()
    const connectionsBefore = connectionsOf(stage)
    const brokenAt = desk.now()
    const observed = (await scenario.inflict(stage)) ?? undefined
    const healedAt = desk.now()
    const connections = connectionsOf(stage) - connectionsBefore
    await pause(scenario.afterwardsMs ?? usualAfterwardsMs)
    const endedAt = desk.now()
    await load.stop()
    await load.lookAround()
    const { wrongs, ...rest } = await examine(stage)
    return {
      scenario,
      subject,
      history: desk.history,
      brokenAt,
      healedAt,
      shareDuring: shareDone(startedBetween(desk.history, brokenAt, healedAt)),
      latency: latencyOf(startedBetween(desk.history, brokenAt, Infinity)),
      recoveryMs: recoveryOf(desk.history, healedAt, endedAt),
      wrongs,
      ...rest,
      connections,
      observed,
      before,
      loopDelayMs: rest.loopDelayMs + loopDelay.max / 1e6,
    }
  } finally {
    await load.stop()
    loopDelay.disable()
    await stage.stop()
  }
}

function connectionsOf({ ways }: Stage): number {
  return ways.reduce((sum, { connectedAt }) => sum + connectedAt.length, 0)
}

async function examine({ backends, desk, redis }: Stage) {
  const findings = findContradictions(desk.history)
  const after = await Promise.all(backends.map((backend) => backend.health()))
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const max = (values: readonly number[]): number => Math.max(...values)
  const lives = await livesOf(redis)
  const livesOfSessions = lives.filter(({ key }) => !isOfIndex(key)).map(({ ms }) => ms)
  const wrongs: Record<Wrong, number> = {
    'lost writes': findings.lostWrites.length,
    'lost sessions': findings.lostSessions.length,
    'false sign-ins': findings.falseSignIns.length,
    'undone sign-outs': findings.undoneSignOuts.length,
    'foreign sessions': findings.foreign.length,
    'other statuses': findings.oddStatuses.length,
    'cookies with failures': findings.cookiesOnFailure.length,
    unanswered: latencyOf(desk.history).unanswered,
    crashes: sum(backends.map(({ crashes }) => crashes)),
    'unhandled rejections': sum(after.map(({ unhandled }) => unhandled)),
    'keys without expiry': lives.filter(({ ms }) => ms === -1).length,
  }
  return {
    wrongs,
    loopDelayMs: max(after.map(({ loopDelayMs }) => loopDelayMs)),
    after,
    livesMs: [Math.min(...livesOfSessions), max(livesOfSessions)] as const,
  }
}

/** How long the keys live, in ms; -1 for ever. */
async function livesOf({ command }: Stage['redis']): Promise<readonly { key: string; ms: number }[]> {
  const keys = ((await command('KEYS', '*')) as string[]).filter((key) => !key.startsWith('filler:'))
  return Promise.all(keys.map(async (key) => ({ key, ms: Number(await command('PTTL', key)) })))
}
