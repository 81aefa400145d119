import { AssertionError } from 'node:assert/strict'
import type { Announcements, SessionStore, UserIndex, UserJournal } from 'sessera'
import { type ConformanceCase, storeCases, type StoreHarness } from 'sessera/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { storeMutants } from './store-mutants.js'
import { announcementMutants } from './store/announcements.js'
import { harnessOf } from './store/harness.js'
import type { StoreMutant } from './store/mutant.js'

/** Runs cases at once. Returns the errors of those that failed, by name. */
async function failuresOf(harness: StoreHarness, isWanted = (_name: string) => true): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>()
  const run = async (member: ConformanceCase) =>
    member.run().catch((error: unknown) => failures.set(member.name, error))
  await Promise.all(
    storeCases(harness)
      .filter(({ name }) => isWanted(name))
      .map(run),
  )
  return failures
}

const runs = new Map<string, Promise<Map<string, unknown>>>()

const named = new Set(storeMutants.map(({ killedBy }) => killedBy))
const showsAll = Boolean(process.env['SHOW_MUTANTS'])

/** By the case that must notice it, and those that no mutant names. */
function failuresOfMutant({ name, killedBy, sabotage }: StoreMutant): Promise<Map<string, unknown>> {
  const isWanted = (each: string): boolean => showsAll || each === killedBy || !named.has(each)
  const run = runs.get(name) ?? failuresOf(harnessOf(sabotage), isWanted)
  runs.set(name, run)
  return run
}

async function expectNoticed(mutant: StoreMutant): Promise<void> {
  const failures = await failuresOfMutant(mutant)
  for (const [failed, error] of failures) {
    expect(error, `"${failed}" must fail by an assertion`).toBeInstanceOf(AssertionError)
  }
  expect([...failures.keys()]).toContain(mutant.killedBy)
}

type Member =
  | Exclude<keyof SessionStore, 'kind'>
  | `users.${keyof UserIndex}`
  | `journal.${keyof UserJournal}`
  | `announcements.${keyof Announcements}`

const unchanged = harnessOf(() => (store) => store)

describe('the conformance suite for stores', () => {
  it('skips nothing here, and names each case once', () => {
    const cases = storeCases(unchanged)
    expect(cases.filter(({ skip }) => skip !== undefined)).toEqual([])
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
  })

  it('passes a good store, with all cases at once', async () => {
    expect([...(await failuresOf(unchanged))]).toEqual([])
  })

  it('passes a good store, with the cases one by one from the last to the first', async () => {
    const failed: unknown[] = []
    for (const { name, run } of storeCases(unchanged).toReversed()) {
      await run().catch((error: unknown) => failed.push(name, error))
    }
    expect(failed).toEqual([])
  })

  it('calls every member of SessionStore', async () => {
    const called = new Set<string>()
    const recordCalls = <Called extends object>(target: Called, prefix = ''): Called =>
      new Proxy(target, {
        get: (_target, member) => (called.add(prefix + String(member)), Reflect.get(target, member)),
      })
    const recording = harnessOf(() => (store) => {
      const users = recordCalls(store.users!, 'users.')
      const journal = recordCalls(store.journal!, 'journal.')
      const announcements = recordCalls(store.announcements!, 'announcements.')
      return recordCalls({ ...store, users, journal, announcements })
    })
    await failuresOf(recording)
    const members: Record<Member, true> = {
      now: true,
      ready: true,
      atomicity: true,
      load: true,
      insert: true,
      replace: true,
      renew: true,
      remove: true,
      shardOf: true,
      reportMismatch: true,
      users: true,
      'users.seesRecords': true,
      'users.moment': true,
      'users.add': true,
      'users.revoke': true,
      'users.list': true,
      'users.drop': true,
      list: true,
      journal: true,
      'journal.append': true,
      'journal.read': true,
      'journal.clear': true,
      announcements: true,
      'announcements.announce': true,
      'announcements.watch': true,
      close: true,
    }
    expect(called).toEqual(new Set(Object.keys(members)))
  })

  for (const mutant of storeMutants.filter((one) => !announcementMutants.includes(one)))
    it(`notices a store that breaks the contract: ${mutant.name}`, () => expectNoticed(mutant))

  // What is announced in vain is waited for: by all of these mutants together.
  for (const mutant of announcementMutants)
    it.concurrent(`notices a store that breaks the contract: ${mutant.name}`, () => expectNoticed(mutant))

  it('has no case without a mutant', async () => {
    const killing = await Promise.all(storeMutants.map(async (mutant) => [...(await failuresOfMutant(mutant)).keys()]))
    const idle = storeCases(unchanged).filter(({ name }) => !killing.flat().includes(name))
    expect(idle.map(({ name }) => name)).toEqual([])
  })

  it('has at least 100 mutants, each with a name of its own', () => {
    expect(new Set(storeMutants.map(({ name }) => name)).size).toBe(storeMutants.length)
    expect(storeMutants.length).toBeGreaterThanOrEqual(100)
  })
})

// SHOW_MUTANTS=1 npx vitest run test/mutants/store.test.ts
afterAll(async () => {
  if (!showsAll) return
  for (const mutant of storeMutants) {
    const cases = [...(await failuresOfMutant(mutant)).keys()]
    console.log([mutant.name, ...cases.map((name) => `  ${name === mutant.killedBy ? '*' : ' '} ${name}`)].join('\n'))
  }
})
