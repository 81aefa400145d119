import { createSessions, memoryStore } from 'sessera'
import { nextSessions } from 'sessera/next'

// Next may load a module several times, and again at each change of it.
const store = (globalThis.sesseraShop ??= memoryStore())

export const { getSession, sessionAction, withSession } = nextSessions(
  createSessions({ store, cookie: { secure: false } }),
)
