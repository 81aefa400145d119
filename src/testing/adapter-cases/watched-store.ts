import type { SessionStore } from 'sessera'
import { type Gate, gate } from '../gate.js'

type Verb = 'load' | 'insert' | 'replace' | 'remove'

/** A store that tells what it was asked, and can be held or switched off. */
export interface WatchedStore extends SessionStore {
  /** The verbs it was asked, in their order. */
  readonly asked: Verb[]
  /** Verbs that fail for as long as they are in here. */
  readonly broken: Set<Verb>
  /** Holds all calls of this verb from now on, before they are carried out. */
  hold(verb: Verb): Gate
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
  /** Lets everything through that is held. */
  openAll(): void
}

export const allVerbs: readonly Verb[] = ['load', 'insert', 'replace', 'remove']

/** Watches over `store`. */
export function watch(store: SessionStore): WatchedStore {
  const asked: Verb[] = []
  const broken = new Set<Verb>()
  const gates = new Map<Verb, Gate>()
  const underWay = new Set<Promise<unknown>>()

  async function carryOut<T>(verb: Verb, call: () => Promise<T>): Promise<T> {
    asked.push(verb)
    await gates.get(verb)?.pass()
    if (broken.has(verb)) throw new Error('The store was switched off.')
    return call()
  }

  function ask<T>(verb: Verb, call: () => Promise<T>): Promise<T> {
    const answer = carryOut(verb, call)
    const over: Promise<unknown> = answer.then(
      () => underWay.delete(over),
      () => underWay.delete(over),
    )
    underWay.add(over)
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
      while (underWay.size > 0) await Promise.all(underWay)
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
