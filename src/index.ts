import { makePolicy } from './core/policy.js'
import type { DefaultSessionData } from './core/record/session-data.js'
import { sessionsIn, type Sessions } from './core/sessions.js'
import type { SessionsOptions } from './options.js'
import { memoryStore } from './stores/memory.js'

// `export *`, so that an application's augmentation of SessionData reaches the declaration.
export * from './core/record/session-data.js'
export type { Duration } from './options/duration.js'
export { onSessionEvent, type DropReason, type EndReason, type SessionEvents } from './events.js'
export type { CommitResult } from './core/request/commit.js'
export type { OpenedSession } from './core/request/opened-session.js'
export type { RequestContext } from './core/request/request-context.js'
export type { LiveEnds, OnEndOptions } from './core/ends/live-ends.js'
export type { EndedSession, LiveEndReason } from './core/ends/session-end.js'
export type { Session } from './core/request/session.js'
export { signedInUser } from './core/request/signed-in-user.js'
export * from './errors.js'
export type { AnnouncementListener, Announcements, AnnouncementWatch } from './announcements.js'
export {
  type AddResult,
  type HandlePage,
  isHandle,
  newHandle,
  newVersion,
  type Handle,
  type RemoveResult,
  type ReplaceResult,
  type SessionStore,
  type StoredRecord,
  type UserEntry,
  type UserIndex,
  type UserJournal,
} from './store.js'
export { memoryStore, type MemoryStoreOptions } from './stores/memory.js'
export type { PolicyReport, PolicySetting } from './core/policy-report.js'
export type { Sessions } from './core/sessions.js'
export type { SessionPage } from './core/users/administration.js'
export type { ExportedSession, PersonalData, UserExport } from './core/users/personal-data.js'
export type { SessionInfo } from './core/users/session-info.js'
export type { JournalEntry } from './core/users/journal.js'
export type { EndOneOptions, EndUserOptions, UserSessionInfo, UserSessions } from './core/users/user-sessions.js'
export type {
  CookieOptions,
  Device,
  OpenOptions,
  Preset,
  SessionsOptions,
  SignInOptions,
  TimeoutOptions,
} from './options.js'

/**
 * Makes the sessions of an application. `Data` types `session.data`; every value may be missing, because a new session is empty.
 *
 * Throws `InvalidOptionError` for a wrong option. Without a store, sessions are kept in the memory of this process, with a warning
 * (`SESSERA_MEMORY_STORE`) if `NODE_ENV` is `production`.
 */
export function createSessions<Data extends object = DefaultSessionData>(
  options: SessionsOptions<NoInfer<Data>> = {},
): Sessions<Data> {
  const production = process.env['NODE_ENV'] === 'production'
  const policy = makePolicy(options as SessionsOptions, production)
  if (options.store === undefined && production) {
    process.emitWarning('Sessions are kept in the memory of this process only; pass a store to createSessions().', {
      code: 'SESSERA_MEMORY_STORE',
    })
  }
  return sessionsIn<Data>(options.store ?? memoryStore(), policy)
}
