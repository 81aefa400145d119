import assert, { AssertionError } from 'node:assert/strict'
import type { SessionStore } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'

/** What a case works with. A verb that rejects here fails the case by an assertion. */
export interface Stage {
  readonly store: SessionStore
  /** The sessions of `store` as another process sees them; `store` itself where there is one process only. */
  readonly second: SessionStore
  readonly advance: (ms: number) => void | Promise<void>
  /** A lifetime that a case can outlive, in ms. */
  readonly short: number
}

/** A lifetime that no case outlives, in ms. */
export const long = 3_600_000

const day = 86_400_000

/** A lifetime as long as that of a browser that is remembered, in ms. */
export const longest = 90 * day

/** What only some stores can show. */
type Need = 'secondView' | 'exactClock' | 'longLifetime'

/** Gives the function that makes the cases of one group; each runs on a store opened for it alone. */
export function storeCase(harness: StoreHarness, group: string) {
  return (name: string, run: (stage: Stage) => Promise<void>, need?: Need): ConformanceCase => {
    const skip = need && reasonToSkip(harness, need)
    return { group, name, ...(skip === undefined ? {} : { skip }), run: () => onStage(harness, run) }
  }
}

function reasonToSkip({ atomicity, realTime, maxLifetimeMs = longest }: StoreHarness, need: Need): string | undefined {
  if (need === 'secondView' && atomicity === 'process')
    return "declares atomicity 'process', so there is no second view"
  if (need === 'exactClock' && realTime) return 'declares realTime, so its clock cannot be set to a millisecond'
  if (need === 'longLifetime' && maxLifetimeMs < longest)
    return `declares maxLifetimeMs ${maxLifetimeMs}, which is ${maxLifetimeMs / day} days`
  return undefined
}

async function onStage(harness: StoreHarness, run: (stage: Stage) => Promise<void>): Promise<void> {
  const opened = await harness.open()
  try {
    await Promise.all([opened.store.ready?.(), opened.second?.ready?.()])
    const store = answering(opened.store)
    await run({
      store,
      second: opened.second === undefined ? store : answering(opened.second),
      advance: (ms) => opened.advance(ms),
      short: harness.realTime ? 100 : 100_000,
    })
  } finally {
    await opened.close()
  }
}

/** The store, with rejections turned into failed assertions: a store that works answers, whatever the answer. */
export function answering(store: SessionStore): SessionStore {
  return {
    atomicity: store.atomicity,
    now: () => store.now(),
    load: (handle) => answer('load', () => store.load(handle)),
    insert: (handle, text, lifetimeMs) => answer('insert', () => store.insert(handle, text, lifetimeMs)),
    replace: (handle, expected, text, lifetimeMs) =>
      answer('replace', () => store.replace(handle, expected, text, lifetimeMs)),
    remove: (handle, expected) => answer('remove', () => store.remove(handle, expected)),
    close: () => store.close(),
  }
}

async function answer<T>(verb: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    const failure = new AssertionError({ message: `${verb} failed where it must answer: ${String(cause)}` })
    throw Object.assign(failure, { cause })
  }
}

/** The version of a session that must be new. */
export async function inserted(store: SessionStore, ...call: Parameters<SessionStore['insert']>): Promise<string> {
  const version = await store.insert(...call)
  assert.ok(typeof version === 'string' && version !== '', 'insert of a free handle must answer with a version')
  return version
}

/** The version of a replacement that must succeed. */
export async function replaced(store: SessionStore, ...call: Parameters<SessionStore['replace']>): Promise<string> {
  const result = await store.replace(...call)
  assert.equal(result.status, 'replaced', 'replace over the version that stands must succeed')
  assert.ok(result.status === 'replaced' && typeof result.version === 'string' && result.version !== '')
  return result.version
}

/**
 * Prepares something that must be done within `withinMs` of real time, and does so afresh when a busy machine was too
 * slow, so that a case which waits in real time never takes its own slowness for a fault of the store.
 */
export async function promptly<T>(withinMs: number, prepare: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const began = performance.now()
    const result = await prepare()
    if (performance.now() - began < withinMs || tries === 20) return result
  }
}

/** Starts `count` calls at once, by turns through the one view and the other. */
export function race<T>(
  { store, second }: Stage,
  count: number,
  call: (view: SessionStore, index: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index % 2 === 0 ? store : second, index)))
}
