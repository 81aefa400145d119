import type { Operation } from '../../engine/operations.js'
import { emitEvent } from '../../events.js'
import type { Loaded } from '../repositories/repository.js'
import { handleOf } from '../repositories/session-id.js'
import { describeSession, type SessionInfo } from './session-info.js'
import { dropEntries, type UserContext } from './user-context.js'
import { userSessions, type UserSessions } from './user-sessions.js'

/** All sessions in the store of a middleware. */
export interface Sessions {
  /**
   * The sessions of a user. Makes no call yet.
   *
   * @throws InvalidArgumentError for what cannot be a user id, and without the option `userId` · UnsupportedByStoreError unless the store is
   * `RedisStore` or `MemoryStore`
   */
  user(id: string | number): UserSessions
  /** A session by its handle, whoever's it is. Looks at the ids of all sessions, because a handle does not lead to the id. */
  find(handle: string): Promise<SessionInfo | undefined>
  /** Ends a session, whoever's it is. Resolves to whether it existed. Looks at the ids of all sessions. */
  end(handle: string): Promise<boolean>
}

/** Each of the functions throws where the store or an option is missing. */
interface Contexts {
  /** For what needs no user. */
  any(): UserContext
  withUsers(): UserContext
}

export function sessionsOf(contexts: Contexts): Sessions {
  /** Runs `work` on the session of a handle, if it is stored. */
  async function onFound<Result>(
    handle: string,
    work: (context: UserContext, operation: Operation, id: string, loaded: Loaded) => Promise<Result>,
  ): Promise<Result | undefined> {
    const context = contexts.any()
    const { repository, index } = context
    const id = (await index.ids()).find((candidate) => handleOf(candidate) === handle)
    if (id === undefined) return undefined
    return repository.operations.run(async (operation) => {
      const loaded = await repository.load(operation, id)
      const isReadable = typeof loaded?.data === 'object' && loaded.data !== null
      return isReadable ? work(context, operation, id, loaded) : undefined
    })
  }

  return {
    user(id) {
      contexts.withUsers()
      return userSessions(contexts.withUsers, id)
    },

    find: (handle) => onFound(handle, async (context, _operation, id, loaded) => describeSession(context, id, loaded)),

    async end(handle) {
      const found = await onFound(handle, async (context, operation, id, loaded) => {
        const { userId } = describeSession(context, id, loaded)
        await context.repository.destroy(operation, id)
        emitEvent('ended', { handle: handleOf(id), reason: 'administration', userId })
        if (userId !== undefined) dropEntries(context, userId, [id])
        return true
      })
      return found === true
    },
  }
}
