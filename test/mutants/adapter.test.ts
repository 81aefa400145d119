import { AssertionError } from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import { adapterCases, type AdapterHarness } from 'sessera/testing'
import { expressHarness } from '../conformance/express-harness.js'
import { adapterMutants } from './adapter-mutants.js'

/** Runs cases at once. Returns the errors of those that failed, by name. */
async function failuresOf(harness: AdapterHarness, isWanted = (_name: string) => true): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>()
  const run = async ({ name, run }: ReturnType<typeof adapterCases>[number]) =>
    run().catch((error: unknown) => failures.set(name, error))
  await Promise.all(
    adapterCases(harness)
      .filter(({ name }) => isWanted(name))
      .map(run),
  )
  return failures
}

const named = new Set(adapterMutants.map(({ killedBy }) => killedBy))
const showsAll = Boolean(process.env['SHOW_MUTANTS'])

const killsOfCases = new Map<string, string[]>()

describe('the conformance suite for adapters', () => {
  it('skips nothing, and names each case once', () => {
    const cases = adapterCases(expressHarness())
    expect(cases.filter(({ skip }) => skip !== undefined)).toEqual([])
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
  })

  it('passes the good adapter, with all cases at once', async () => {
    expect([...(await failuresOf(expressHarness()))]).toEqual([])
  })

  it('passes the good adapter, with the cases one by one from the last to the first', async () => {
    for (const { run } of adapterCases(expressHarness()).reverse()) await run()
  })

  it('has a mutant for each fault that it is known to notice, each under a name of its own', () => {
    expect(adapterMutants.length).toBeGreaterThanOrEqual(30)
    expect(new Set(adapterMutants.map(({ name }) => name)).size).toBe(adapterMutants.length)
  })

  for (const { name, killedBy, ...sabotage } of adapterMutants) {
    it(`notices an adapter that breaks the rules: ${name}`, async () => {
      // By the case that must notice it, and those that no mutant names.
      const isWanted = (each: string): boolean => showsAll || each === killedBy || !named.has(each)
      const failures = await failuresOf(expressHarness(sabotage), isWanted)
      for (const [failed, error] of failures) {
        expect(error, `"${failed}" must fail by an assertion`).toBeInstanceOf(AssertionError)
        killsOfCases.set(failed, [...(killsOfCases.get(failed) ?? []), name])
      }
      expect([...failures.keys()]).toContain(killedBy)
      if (showsAll) console.log(`${name}\n${[...failures.keys()].map((by) => `  ${by}`).join('\n')}`)
    })
  }

  it('has no case without a mutant', () => {
    const idle = adapterCases(expressHarness()).filter(({ name }) => !killsOfCases.has(name))
    expect(idle.map(({ name }) => name)).toEqual([])
  })
})
