import { createSessions } from 'sessera'
import { nextSessions, requireUser } from 'sessera/next'
import type { sessions as opened } from '../../shop/backend.js'

declare module 'sessera' {
  interface SessionData {
    views: number
  }
}

// Next bundles this module more than once, but a process opens its store once: server.ts has done so, since WebSockets need the sessions, too. While
// Next builds the application, there is no store.
const shared = globalThis as { sessions?: typeof opened }

export const sessions = shared.sessions ?? createSessions()
export const { getSession, sessionAction, withSession } = nextSessions(sessions)
export const signedIn = requireUser()
