import { setTimeout as pause } from 'node:timers/promises'
import { growthInWords, listenersGrew } from '../details.js'
import type { Scenario } from '../scenario.js'
import { crowd, slowBodies } from './visitors.js'

// The backends die or have a wrong clock, the visitors go away.

const killedBackends: Scenario = {
  name: 'FT-23',
  what: 'a backend is killed (kill -9) under load and started again, four times',
  allows: ['unanswered'], // what it was at work on
  async inflict({ backends, random }) {
    for (let round = 0; round < 4; round++) {
      await pause(random.below(500))
      await backends[round % 2]!.restart()
    }
  },
}

const impatient: Scenario = {
  name: 'FT-26',
  what: 'one visitor of ten goes away within 10 ms',
  load: { impatience: 0.1 },
  inflict: () => pause(6000),
  detail: growthInWords,
  alsoPromises: listenersGrew,
}

const wrongClock: Scenario = {
  name: 'FT-30',
  what: 'the clock of one backend is an hour ahead, that of the other one an hour behind',
  clocksAheadMs: [3_600_000, -3_600_000],
  inflict: () => pause(3000),
  detail: ({ livesMs: [shortest, longest] }) =>
    `sessions live for ${inMinutes(shortest)} to ${inMinutes(longest)} min more`,
  alsoPromises: ({ livesMs: [shortest, longest] }) =>
    longest - shortest < 60_000 ? undefined : 'lives differ by more than a minute',
}

const inMinutes = (ms: number): string => (ms / 60_000).toFixed(1)

export const backends: readonly Scenario[] = [killedBackends, impatient, slowBodies, crowd, wrongClock]
