import assert, { AssertionError } from 'node:assert/strict'
import { createSessions, type Session, type SessionStore } from 'sessera'
import type { ConformanceCase } from '../case.js'
import { failedAssertion } from '../failed-assertion.js'
import type { StoreHarness } from '../store-harness.js'
import { type Stage, storeCase } from './stage.js'

type Data = Record<string, number>

/** Two backends on the two views of the store, and one browser that sends requests to both. */
interface Backends {
  /** A whole request: opens the session, runs the handler, commits. */
  visit(backend: number, handler: (session: Session<Data>) => unknown): Promise<void>
}

/** What the core promises on top of the store's compare-and-set. */
export function coreCases(harness: StoreHarness): ConformanceCase[] {
  const onStage = storeCase(harness, 'sessions on this store')
  const that = (name: string, run: (backends: Backends) => Promise<void>): ConformanceCase =>
    onStage(name, (stage) => assertingOnly(() => run(backendsOn(stage))))
  return [
    that('a change keeps the other fields, the user and the creation time', async ({ visit }) => {
      let createdAt: number | undefined
      await visit(0, (session) => {
        session.signIn('ada')
        Object.assign(session.data, { kept: 1, changed: 1, removed: 1 })
      })
      await visit(0, (session) => {
        createdAt = session.createdAt
        session.data['changed'] = 2
        delete session.data['removed']
      })
      await visit(1, (session) => {
        assert.deepEqual({ ...session.data }, { kept: 1, changed: 2 })
        assert.equal(session.userId, 'ada')
        assert.ok(createdAt !== undefined && session.createdAt === createdAt)
      })
    }),

    that('parallel changes of different fields all survive', async ({ visit }) => {
      const fields = ['a', 'b', 'c', 'd', 'e', 'f']
      await visit(0, (session) => void (session.data['first'] = 1))
      await Promise.all(fields.map((field, index) => visit(index, (session) => void (session.data[field] = index))))
      await visit(0, ({ data }) => {
        assert.deepEqual({ ...data }, { first: 1, ...Object.fromEntries(fields.map((field, index) => [field, index])) })
      })
    }),

    that('two processes counting at the same time lose no count', async ({ visit }) => {
      await visit(0, (session) => void (session.data['visits'] = 0))
      const count = (session: Session<Data>) =>
        session.update((data) => {
          data['visits'] = (data['visits'] ?? 0) + 1
        })
      await Promise.all(Array.from({ length: 12 }, (_, index) => visit(index, count)))
      await visit(1, ({ data }) => assert.equal(data['visits'], 12))
    }),

    that('a request that outlasts a sign-out does not bring the session back', async ({ visit }) => {
      await visit(0, (session) => session.signIn('ada'))
      await visit(0, async (slow) => {
        slow.data['late'] = 1
        await visit(1, (session) => session.end())
      })
      await visit(1, (session) => {
        assert.equal(session.userId, undefined)
        assert.deepEqual({ ...session.data }, {})
      })
    }),
  ]
}

function backendsOn({ store, second }: Stage): Backends {
  // The long deadline is for busy machines.
  const backends = [store, second].map((view: SessionStore) => createSessions<Data>({ store: view, deadline: '3s' }))
  let cookie: string | undefined
  return {
    async visit(backend, handler) {
      const { session, commit } = await backends[backend % backends.length]!.open(cookie)
      await handler(session)
      const { setCookies } = await commit()
      const [pair] = setCookies[0]?.split(';') ?? []
      // A clearing cookie is ignored, so that the next visit shows whether the store still has the session.
      if (pair !== undefined && !pair.endsWith('=')) cookie = pair
    },
  }
}

/** An error of the core is a failed assertion about its store. */
async function assertingOnly(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (cause) {
    if (cause instanceof AssertionError) throw cause
    throw failedAssertion('the core failed on this store', cause)
  }
}
