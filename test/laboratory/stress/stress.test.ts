import { describe, expect, it } from 'vitest'
import { cases, small } from './cases.js'
import { loadSides } from './sides.js'

const sides = await loadSides().catch((error: Error) => error.message)

// What of each answer is the same on every machine; times are for the command to print.
const expected: readonly { readonly formerly: RegExp; readonly ours: RegExp }[] = [
  { formerly: /^1 of 5 survive/, ours: /^5 of 5 survive/ },
  { formerly: /^5 of 5 alive again/, ours: /^0 of 5 alive again/ },
  { formerly: /session missing 3 of 3/, ours: /session missing 0 of 3/ },
  { formerly: /^200, the session is gone/, ours: /^200, the session is there/ },
  { formerly: /^100 GET \+ 100 EXPIRE$/, ours: /^100 GET \+ 100 ECHO$/ },
  { formerly: /^no answer/, ours: /^503 / },
  {
    formerly: /^page: (?:500|no answer).*; sign-in: (?:no answer|.*though nothing is stored)/,
    ours: /^page: 503.*; sign-in: 503/,
  },
  { formerly: /^page: 500 .*; sign-in: 200 .*though nothing is stored/, ours: /^page: 503 .*; sign-in: 503/ },
]

describe.each(cases.map((each, index) => ({ ...each, ...expected[index]! })))('$title', ({ run, ...patterns }) => {
  it.for(['formerly', 'ours'] as const)(
    'is what the published table says: %s',
    { timeout: 60_000 },
    async (which, { skip }) => {
      if (typeof sides === 'string') {
        if (process.env['CI']) throw new Error(sides)
        return skip(sides)
      }
      const side = sides[which === 'formerly' ? 0 : 1]
      expect(await run(side, small)).toMatch(patterns[which])
    },
  )
})
