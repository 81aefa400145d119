import { setTimeout as pause } from 'node:timers/promises'
import { bySizeInWords, outcomesInWords } from '../details.js'
import type { Random } from '../../../support/random.js'
import type { Scenario } from '../scenario.js'
import type { Stage } from '../stage.js'
import { ms } from '../table.js'
import { latencyOf, startedBetween } from '../timing.js'
import { slipping } from './slips.js'

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
      const { p50, p99 } = latencyOf(startedBetween(reads, brokenAt, healedAt))
      return `a read takes ${(p50 / (latencyMs * 1.1)).toFixed(1)} round trips, p99 ${ms(p99)}`
    },
  }
}

const narrow: Scenario = {
  name: 'FT-8',
  what: '1 Mbit/s to and from Redis, while 1 addition of 25 is of 48 kB',
  slowerByMs: 1000,
  load: { bulk: 0.04 },
  recoveryMs: 3000, // what is on its way when the line gets wide still comes at the old pace
  // Who has a large session is sent away by the deadline; those behind it wait.
  async inflict({ ways }) {
    for (const way of ways) way.bytesPerSecond = 125_000
    await pause(5000)
    for (const way of ways) way.heal()
  },
  detail: bySizeInWords,
}

const breaking: Scenario = {
  name: 'FT-9',
  what: 'a connection to Redis is reset in the middle of a reply, every 200 ms for 4 s',
  inflict: (stage) => repeat(stage, 20, 200, (way) => way.cutInReply()),
  detail: outcomesInWords,
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

export const networks: readonly Scenario[] = [slow(5), slow(50), slow(500), narrow, breaking, slipping(12), late]
