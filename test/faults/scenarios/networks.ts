import { setTimeout as pause } from 'node:timers/promises'
import type { Slip } from '../link.js'
import type { Random } from '../random.js'
import type { Scenario } from '../scenario.js'
import type { Stage } from '../stage.js'
import { outcomesInWords } from '../table.js'
import { latencyOf, startedBetween } from '../timing.js'

// The way to Redis is slow, narrow, breaks, or mixes up what it carries.

/** A delay of each reply. A request may make several calls, one after the other, under its two deadlines. */
function slow(latencyMs: number): Scenario {
  return {
    name: 'FT-7',
    what: `each reply of Redis takes ${latencyMs} ms longer, and up to a fifth more`,
    slowerByMs: 1000,
    withPeers: latencyMs === 50,
    async inflict({ ways }) {
      for (const way of ways) Object.assign(way, { latencyMs, jitterMs: latencyMs / 5 })
      await pause(4000)
      for (const way of ways) way.heal()
    },
    detail({ history, brokenAt, healedAt }) {
      const reads = history.filter(({ kind, status }) => kind === 'read' && status === 200)
      const { p50 } = latencyOf(startedBetween(reads, brokenAt, healedAt))
      return `a read takes ${(p50 / (latencyMs * 1.1)).toFixed(1)} round trips`
    },
  }
}

const narrow: Scenario = {
  name: 'FT-8',
  what: '1 Mbit/s to and from Redis, while 1 addition of 50 is of 48 kB',
  slowerByMs: 1000,
  load: { bulk: 0.02 },
  // Who has a large session is sent away by the deadline; those behind it wait.
  async inflict({ ways }) {
    for (const way of ways) way.bytesPerSecond = 125_000
    await pause(5000)
    for (const way of ways) way.heal()
  },
  detail({ history, brokenAt, healedAt }) {
    const { p50, p99 } = latencyOf(startedBetween(history, brokenAt, healedAt))
    return `p50 ${Math.round(p50)} ms, p99 ${Math.round(p99)} ms`
  },
}

const breaking: Scenario = {
  name: 'FT-9',
  what: 'a connection to Redis is reset in the middle of a reply, every 200 ms for 4 s',
  inflict: (stage) => repeat(stage, 20, 200, (way) => way.cutInReply()),
  detail: outcomesInWords,
}

/** `seconds`: for how long. */
export function slipping(seconds: number): Scenario {
  return {
    name: 'FT-24',
    what: `a reply of Redis is dropped, duplicated or shifted, every 300 ms for ${seconds} s; each connection lives 150 ms with that`,
    withPeers: true,
    // Nobody can know what an "OK" was the answer to, or what is not there.
    allows: ['lost sessions', 'false sign-ins'],
    inflict: (stage) => repeat(stage, (seconds * 1000) / 300, 300, (way, random) => slip(way, random, kindsFor(stage))),
    detail: ({ slips, mismatches }) => `${slips} slips, ${mismatches} records of others refused`,
  }
}

/** A reply that nobody waits for ends the process by an error inside ioredis, whoever uses it. */
function kindsFor({ subject }: Stage): readonly Slip[] {
  return subject.clientName === 'ioredis 6' ? ['drop', 'shift'] : ['drop', 'duplicate', 'shift']
}

async function slip(way: Stage['ways'][number], random: Random, kinds: readonly Slip[]): Promise<void> {
  way.slip(random.pick(kinds))
  await pause(150)
  way.cut('reset')
}

const late: Scenario = {
  name: 'FT-25',
  what: 'what one backend sends to Redis is held for 3 s and then delivered, while the other one works',
  withPeers: true,
  async inflict({ ways: [one] }) {
    one.hold()
    await pause(3000)
    one.release()
  },
}

async function repeat(
  { ways, random }: Stage,
  times: number,
  everyMs: number,
  act: (way: Stage['ways'][number], random: Random) => Promise<void> | void,
): Promise<void> {
  for (let round = 0; round < times; round++) {
    const next = pause(everyMs)
    await act(ways[round % 2]!, random)
    await next
  }
}

export const networks: readonly Scenario[] = [slow(5), slow(50), slow(500), narrow, breaking, slipping(4), late]
