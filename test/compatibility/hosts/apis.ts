import { createSessions, memoryStore, type SessionStore } from 'sessera'
import { expressSessions } from 'sessera/express'
import { session } from 'sessera/express-session'
import type { Any } from './hosts.js'

/** One of the two ways into the library: its middleware, over a store that can be switched off. */
export interface Api {
  readonly middleware: (request: Any, response: Any, next: Any) => void
  /** Counts a visit in the session. */
  count(request: Any): number
  /** From now on nothing can be read or stored. */
  breakStore(): void
}

export const apis: readonly [name: string, open: () => Api][] = [
  ['the native API', openNativeApi],
  ['the drop-in', openDropIn],
]

const outage = Object.assign(new Error('The store was switched off.'), { status: 503 })

export function openNativeApi(): Api {
  const inner = memoryStore()
  let isBroken = false
  const guarded = <Values extends unknown[], Result>(method: (...values: Values) => Promise<Result>) => {
    return async (...values: Values): Promise<Result> => {
      if (isBroken) throw outage
      return method(...values)
    }
  }
  const store: SessionStore = {
    ...inner,
    load: guarded(inner.load),
    insert: guarded(inner.insert),
    replace: guarded(inner.replace),
  }
  const sessions = createSessions<{ visits?: number }>({ store, cookie: { secure: false }, deadline: '1m' })
  return {
    middleware: expressSessions(sessions),
    count({ session: { data } }) {
      data.visits = (data.visits ?? 0) + 1
      return data.visits as number
    },
    breakStore: () => void (isBroken = true),
  }
}

function openDropIn(): Api {
  const store = new session.MemoryStore()
  return {
    middleware: session({ secret: 'keyboard cat', store, resave: false, saveUninitialized: false }),
    count({ session: given }) {
      given.visits = (given.visits ?? 0) + 1
      return given.visits as number
    },
    breakStore() {
      store.get = (_id, callback) => void setImmediate(() => callback(outage))
      store.set = (_id, _session, callback) => void setImmediate(() => callback?.(outage))
    },
  }
}
