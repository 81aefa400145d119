import type { SessionStore } from 'sessera'
import { type Gate, gate } from '../gate.js'

export type Verb = 'load' | 'insert' | 'replace' | 'remove'

/** A store that records its calls, and can be held or made to fail. */
export interface WatchedStore extends SessionStore {
  /** The verbs called so far, in order. */
  readonly asked: Verb[]
  /** Verbs that currently fail. */
  readonly broken: Set<Verb>
  /** Holds all later calls of this verb before they reach the store. */
  hold(verb: Verb): Gate
  /** Resolves when no call is pending. */
  settled(): Promise<void>
  /** Opens all gates. */
  openAll(): void
}

export const allVerbs: readonly Verb[] = ['load', 'insert', 'replace', 'remove']

export function watch(store: SessionStore): WatchedStore {
  const asked: Verb[] = []
  const broken = new Set<Verb>()
  const gates = new Map<Verb, Gate>()
  const pending = new Set<Promise<unknown>>()

  async function carryOut<T>(verb: Verb, call: () => Promise<T>): Promise<T> {
    asked.push(verb)
    await gates.get(verb)?.pass()
    if (broken.has(verb)) throw new Error('The store was made to fail.')
    return call()
  }

  function ask<T>(verb: Verb, call: () => Promise<T>): Promise<T> {
    const answer = carryOut(verb, call)
    const over: Promise<unknown> = answer.then(
      () => pending.delete(over),
      () => pending.delete(over),
    )
    pending.add(over)
    return answer
  }

  return {
    asked,
    broken,
    hold(verb) {
      const held = gate()
      gates.set(verb, held)
      return held
    },
    async settled() {
      while (pending.size > 0) await Promise.all(pending)
    },
    openAll() {
      for (const held of gates.values()) held.open()
    },
    atomicity: store.atomicity,
    now: () => store.now(),
    load: (handle) => ask('load', () => store.load(handle)),
    insert: (...call) => ask('insert', () => store.insert(...call)),
    replace: (...call) => ask('replace', () => store.replace(...call)),
    remove: (...call) => ask('remove', () => store.remove(...call)),
    close: () => store.close(),
  }
}
