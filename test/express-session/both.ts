import { describe } from 'vitest'
import { loadOriginal, ours, type Module } from './modules.js'

const original = await loadOriginal()

/** Runs the same tests on our module and on express-session itself, so that a difference is found at once. */
export function onBoth(tests: (session: Module) => void): void {
  describe('with ours', () => tests(ours))
  if (typeof original === 'string') describe.skip(`with express-session: ${original}`, () => tests(ours))
  else describe('with express-session', () => tests(original))
}
