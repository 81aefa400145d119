import { AssertionError } from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { memoryStore, type SessionStore, StoreUnavailableError, type UserIndex } from 'sessera'
import { type ConformanceCase, fakeClock, storeCases, type StoreHarness } from 'sessera/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { storeMutants } from './store-mutants.js'
import type { StoreMutant } from './store/mutant.js'

/** Two views of one memory store act as two processes. `isUp` switches their backend on and off. */
function harnessOf(sabotage: StoreMutant['sabotage']): StoreHarness {
  const open = (isUp: boolean) => {
    const clock = fakeClock()
    const memory = memoryStore({ now: clock.now })
    const backend = { isUp }
    const spoil = sabotage(clock)
    return {
      store: spoil(viewOf(memory, backend)),
      second: spoil(viewOf(memory, backend)),
      advance: clock.advance,
      recover: async () => void (backend.isUp = true),
      close: () => memory.close(),
    }
  }
  return {
    atomicity: 'store',
    users: true,
    list: true,
    open: async () => open(true),
    unreachable: async () => open(false),
    interrupted: async () => open(false),
  }
}

function viewOf(memory: SessionStore, backend: { readonly isUp: boolean }): SessionStore {
  const reach = async (): Promise<SessionStore> => {
    await turn() // replies from another process arrive in a later turn of the event loop
    if (backend.isUp) return memory
    throw new StoreUnavailableError('The backend is down.')
  }
  return {
    atomicity: 'store',
    now: memory.now,
    ready: async () => void (await reach()),
    load: async (handle) => (await reach()).load(handle),
    insert: async (...call) => (await reach()).insert(...call),
    replace: async (...call) => (await reach()).replace(...call),
    renew: async (...call) => (await reach()).replace(...call),
    remove: async (...call) => (await reach()).remove(...call),
    shardOf: (handle) => handle.slice(0, 1),
    reportMismatch: () => {},
    users: {
      seesRecords: true,
      moment: () => usersOf(memory).moment(),
      add: async (...call) => usersOf(await reach()).add(...call),
      revoke: async (userId) => usersOf(await reach()).revoke(userId),
      list: async (...call) => usersOf(await reach()).list(...call),
      drop: async (...call) => usersOf(await reach()).drop(...call),
    },
    list: async (after) => (await reach()).list!(after),
    close: async () => {},
  }
}

function usersOf({ users }: SessionStore): UserIndex {
  return users!
}

/** Runs all cases at once. Returns the errors of those that failed, by name. */
async function failuresOf(harness: StoreHarness): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>()
  const run = async (member: ConformanceCase) =>
    member.run().catch((error: unknown) => failures.set(member.name, error))
  await Promise.all(storeCases(harness).map(run))
  return failures
}

const runs = new Map<string, Promise<Map<string, unknown>>>()

function failuresOfMutant({ name, sabotage }: StoreMutant): Promise<Map<string, unknown>> {
  const run = runs.get(name) ?? failuresOf(harnessOf(sabotage))
  runs.set(name, run)
  return run
}

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
    const recording = harnessOf(() => (store) => recordCalls({ ...store, users: recordCalls(store.users!, 'users.') }))
    await failuresOf(recording)
    const members: Record<
      Exclude<keyof SessionStore, 'kind' | 'journal' | 'announcements'> | `users.${keyof UserIndex}`,
      true
    > = {
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
      close: true,
    }
    expect(called).toEqual(new Set(Object.keys(members)))
  })

  for (const mutant of storeMutants) {
    it(`notices a store that breaks the contract: ${mutant.name}`, async () => {
      const failures = await failuresOfMutant(mutant)
      for (const [failed, error] of failures) {
        expect(error, `"${failed}" must fail by an assertion`).toBeInstanceOf(AssertionError)
      }
      expect([...failures.keys()]).toContain(mutant.killedBy)
    })
  }

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
  if (!process.env['SHOW_MUTANTS']) return
  for (const mutant of storeMutants) {
    const cases = [...(await failuresOfMutant(mutant)).keys()]
    console.log([mutant.name, ...cases.map((name) => `  ${name === mutant.killedBy ? '*' : ' '} ${name}`)].join('\n'))
  }
})
