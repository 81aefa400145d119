import { Background } from '../../engine/background.js'
import { InvalidArgumentError, UnsupportedByStoreError } from '../../errors.js'
import type { ResolvedOptions } from '../api/options.js'
import { callbackRepository } from '../repositories/callback.js'
import { compareAndSetRecordsOf } from '../repositories/compare-and-set-records.js'
import { compareAndSetRepository } from '../repositories/compare-and-set.js'
import type { Repository } from '../repositories/repository.js'
import { KeptEntries } from './kept-entries.js'
import { sessionIndexOf } from './session-index.js'
import { sessionsOf, type Sessions } from './sessions.js'
import { TrackedRepository } from './tracked-repository.js'
import { keepEntry, ownerOf, type UserContext } from './user-context.js'

/** Where the sessions of a middleware are, and whose they are. */
interface MiddlewareSessions {
  /** The repository of a request that brings this id. */
  repositoryFor(incomingId: string | undefined): Repository
  readonly sessions: Sessions
}

/** Chosen for each request, because an application can replace the store's methods at any time. */
export function middlewareSessions(resolved: ResolvedOptions): MiddlewareSessions {
  const { store, conflict, deadlineMs, users } = resolved
  const byCallbacks = callbackRepository(store, conflict, deadlineMs)
  let byCompareAndSet: Repository | undefined
  const background = new Background()
  const kept = new KeptEntries()

  function repositoryNow(): Repository {
    const records = compareAndSetRecordsOf(store)
    if (records === undefined) return byCallbacks
    return (byCompareAndSet ??= compareAndSetRepository(records, conflict, users && keepTouched))
  }

  /** `undefined` if the store has no index. */
  function contextNow(): UserContext | undefined {
    const index = sessionIndexOf(store)
    const options = users ?? { userIdOf: () => undefined, maxSessionsPerUser: Infinity, onOverflow: 'end-oldest' }
    return index && { options, repository: repositoryNow(), index, kept, background }
  }

  function keepTouched(session: object): void {
    const context = contextNow()
    const userId = context && ownerOf(context, session)
    if (userId !== undefined) keepEntry(context as UserContext, userId, session)
  }

  function supported(what: string): UserContext {
    const context = contextNow()
    if (context !== undefined) return context
    const advice =
      'RedisStore of sessera/connect-redis (with a client that can send any command) and MemoryStore have one.'
    throw new UnsupportedByStoreError(what, 'index of users', advice)
  }

  return {
    repositoryFor(incomingId) {
      const context = users === undefined ? undefined : contextNow()
      return context === undefined ? repositoryNow() : new TrackedRepository(context, incomingId)
    },
    sessions: sessionsOf({
      any: () => supported('find a session by its handle'),
      withUsers() {
        if (users !== undefined) return supported("find a user's sessions")
        throw new InvalidArgumentError('Nobody knows whose the sessions are: pass the option userId to session().')
      },
    }),
  }
}
