import assert from 'node:assert/strict'
import { type Handle, newHandle, type SessionStore, type StoredRecord } from 'sessera'
import type { ConformanceCase } from '../case.js'
import type { StoreHarness } from '../store-harness.js'
import { answering, type WholeStore } from './answering.js'
import { isOptional, type OptionalMember } from './optional-members.js'

/** What a case works with. A call that rejects here fails the case with an `AssertionError`. */
export interface Stage {
  readonly store: WholeStore
  /** The sessions of `store` as another process sees them; `store` itself if it declares `atomicity: 'process'`. */
  readonly second: WholeStore
  readonly advance: (ms: number) => void | Promise<void>
  /** A lifetime that a case can outlive, in ms. */
  readonly short: number
}

/** A lifetime that no case outlives, in ms. */
export const long = 3_600_000

const day = 86_400_000

/** The lifetime of a "remember me" session, in ms. */
export const longest = 90 * day

type Write = 'replace' | 'renew'

/** The two methods that write over a version. A renewal behaves exactly like a replacement. */
export const writes: readonly (readonly [aWrite: string, write: Write])[] = [
  ['a replacement', 'replace'],
  ['a renewal', 'renew'],
]

/** What a case needs that only some stores have. */
type Need = 'secondView' | 'exactClock' | 'longLifetime' | OptionalMember

/** Returns the function that makes the cases of one group, which may all need something. Each case runs on a store of its own. */
export function storeCase(harness: StoreHarness, group: string, ...needsOfGroup: readonly Need[]) {
  return (name: string, run: (stage: Stage) => Promise<void>, ...needs: readonly Need[]): ConformanceCase => {
    const skip = [...needsOfGroup, ...needs].map((need) => reasonToSkip(harness, need)).find((reason) => reason)
    return { group, name, ...(skip === undefined ? {} : { skip }), run: () => onStage(harness, run) }
  }
}

function reasonToSkip(harness: StoreHarness, need: Need): string | undefined {
  const { atomicity, realTime, maxLifetimeMs = longest } = harness
  if (isOptional(need) && !harness[need]) return `does not declare \`${need}\``
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
    const store = answering(opened.store, harness)
    const second = opened.second === undefined ? store : answering(opened.second, harness)
    await Promise.all([store.ready(), second.ready()])
    await run({
      store,
      second,
      advance: (ms) => opened.advance(ms),
      short: harness.realTime ? 100 : 100_000,
    })
  } finally {
    await opened.close()
  }
}

/** The version of a session that must be new. */
export async function inserted(store: SessionStore, ...call: Parameters<SessionStore['insert']>): Promise<string> {
  const version = await store.insert(...call)
  assert.ok(typeof version === 'string' && version !== '', 'insert of a free handle must return a version')
  return version
}

/** A new session, which must be inserted. */
export async function existing(
  store: SessionStore,
  text = 'text',
  lifetimeMs = long,
): Promise<StoredRecord & { readonly handle: Handle }> {
  const handle = newHandle()
  return { handle, text, version: await inserted(store, handle, text, lifetimeMs) }
}

/** The version of a write that must succeed. */
export async function written(
  store: WholeStore,
  write: Write,
  ...call: Parameters<SessionStore['replace']>
): Promise<string> {
  const result = await store[write](...call)
  assert.ok(result.status === 'replaced', `${write} of the current version returned "${result.status}"`)
  assert.ok(typeof result.version === 'string' && result.version !== '')
  return result.version
}

/** The version of a replacement that must succeed. */
export function replaced(store: WholeStore, ...call: Parameters<SessionStore['replace']>): Promise<string> {
  return written(store, 'replace', ...call)
}

export async function assertStored(store: SessionStore, handle: Handle, record: StoredRecord): Promise<void> {
  assert.deepEqual({ ...(await store.load(handle)) }, record)
}

/**
 * Prepares something that must be done within `withinMs` of real time, and starts again if a busy machine was too slow. So a case
 * that waits in real time never blames the store for the machine.
 */
export async function promptly<T>(withinMs: number, prepare: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const began = performance.now()
    const result = await prepare()
    if (performance.now() - began < withinMs || tries === 20) return result
  }
}

/** Starts `count` calls at once, alternating between the two views. */
export function race<T>(
  { store, second }: Stage,
  count: number,
  call: (view: WholeStore, index: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index % 2 === 0 ? store : second, index)))
}
