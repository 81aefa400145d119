import { AsyncLocalStorage } from 'node:async_hooks'
import type { SessionStore } from 'sessera'
import type { Intent, ModelRequest } from './request.js'

/** A call to the store that waits for its turn. */
export interface Call {
  readonly verb: 'load' | 'insert' | 'replace' | 'remove' | 'wait'
  readonly handle: string
  readonly text: string
  readonly lifetimeMs: number
  readonly intent: Intent
  readonly issuedAt: number
  readonly carryOut: () => Promise<unknown>
  readonly answer: (answer: unknown) => void
  readonly fail: (error: Error) => void
  /** It was carried out, but the answer got lost: the client will send it again. */
  isLost: boolean
  /** Nobody waits for its answer any more. */
  isLate: boolean
}

/** Who makes a call; whoever is nobody is answered at once. */
export const caller = new AsyncLocalStorage<ModelRequest>()

/** A store whose every call stops until a scheduler lets it go on. */
export interface GatedStore extends SessionStore {
  readonly waiting: Call[]
  /** For a handler that is slow: stops at the gate, and asks the store nothing. */
  wait(): Promise<void>
}

export function gatedStore(store: SessionStore): GatedStore {
  const waiting: Call[] = []

  function gated<Answer>(
    details: Pick<Call, 'verb' | 'handle' | 'text' | 'lifetimeMs'>,
    carryOut: () => Promise<Answer>,
  ) {
    const request = caller.getStore()
    if (request === undefined) return carryOut()
    return new Promise<Answer>((resolve, fail) => {
      const answer = resolve as (answer: unknown) => void
      const { intent } = request
      waiting.push({ ...details, intent, issuedAt: store.now(), carryOut, answer, fail, isLost: false, isLate: false })
    })
  }

  return {
    waiting,
    wait: () => gated({ verb: 'wait', handle: '', text: '', lifetimeMs: 0 }, async () => {}),
    atomicity: store.atomicity,
    now: () => store.now(),
    close: () => store.close(),
    load: (handle) => gated({ verb: 'load', handle, text: '', lifetimeMs: 0 }, () => store.load(handle)),
    insert: (handle, text, lifetimeMs) =>
      gated({ verb: 'insert', handle, text, lifetimeMs }, () => store.insert(handle, text, lifetimeMs)),
    replace: (handle, expected, text, lifetimeMs) =>
      gated({ verb: 'replace', handle, text, lifetimeMs }, () => store.replace(handle, expected, text, lifetimeMs)),
    remove: (handle, expected) =>
      gated({ verb: 'remove', handle, text: '', lifetimeMs: 0 }, () => store.remove(handle, expected)),
  }
}
