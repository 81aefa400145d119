import { describe, expect, it } from 'vitest'
import { brokenPromises } from './promises.js'
import { measureRaces } from './races.js'
import { runScenario } from './run-scenario.js'
import type { Scenario } from './scenario.js'
import type { Subject } from './subjects.js'
import { lineOf } from './table.js'

const seed = 5

/** A few faults and races of `npm run faults`. Each subject has a file of its own, so that they run side by side. */
export function describeSmokeRun(subject: Subject, scenarios: readonly Scenario[]): void {
  describe(`${subject.title} with ${subject.clientName}`, () => {
    it.each(scenarios)(
      'keeps its promises when: $what',
      async (scenario) => {
        const result = await runScenario({ ...scenario, afterwardsMs: 2600 }, subject, seed)
        console.log(`${scenario.name}, seed ${seed}: ${lineOf(result)}`)
        expect(result.history.length).toBeGreaterThan(200)
        expect(brokenPromises(result)).toEqual([])
      },
      40_000,
    )

    it('undoes no sign-out, loses no write, and says nothing false while Redis is dead', async () => {
      const result = await measureRaces(subject, { signOuts: 100, writers: 10, visitsWhileDown: 20 }, seed)
      expect(result).toEqual({
        subject,
        undoneSignOuts: { wrong: 0, tries: 100 },
        lostWrites: { wrong: 0, tries: expect.any(Number) },
        falseSignIns: { wrong: 0, tries: 20 },
        falseSignOuts: { wrong: 0, tries: 20 },
      })
      expect(result.lostWrites.tries).toBeGreaterThan(100)
    }, 60_000)
  })
}
