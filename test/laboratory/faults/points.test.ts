import { expect, it } from 'vitest'
import { killAtPoints } from './scenarios/points.js'
import { setStage } from './stage.js'
import { ours } from './subjects.js'

const [native, , , dropIn] = ours

it.each([native!, dropIn!])(
  'leaves the old state or the new one where a backend dies in the middle of storing it: $title with $clientName',
  async (subject) => {
    const stage = await setStage(subject, { seed: 5 })
    try {
      const { inWords, broken } = await killAtPoints(stage, ['sign-in', 'add', 'sign-out'])
      expect(broken).toEqual([])
      expect(inWords).toContain('add: signed in, not added / signed in, added')
      expect(inWords).toContain('sign-out: signed in / signed out')
    } finally {
      await stage.stop()
    }
  },
  60_000,
)
