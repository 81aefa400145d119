import { describe } from 'vitest'
import { loadOriginal, ours, type Module } from './modules.js'

const original = await loadOriginal()
const [reason, other] = typeof original === 'string' ? [` (skipped: ${original})`, ours] : ['', original]

/** Runs the same tests on our module and on express-session itself, so that a difference is found at once. */
export function onBoth(tests: (session: Module) => void): void {
  describe('with ours', () => {
    tests(ours)
  })
  describe.skipIf(reason !== '')(`with express-session${reason}`, () => {
    tests(other)
  })
}
