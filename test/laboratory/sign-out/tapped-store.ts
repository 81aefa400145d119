import type { SessionStore } from 'sessera'

export type Moment = 'before' | 'after'

/** Holds a call to the store as long as the promise takes; `undefined` does not hold it. */
export type Tap = (moment: Moment, call: string) => Promise<void> | undefined

/** A store whose calls can be held before they are sent and after they were answered. One that is not held is sent in the same tick. */
export function tappedStore(store: SessionStore, tap: Tap): SessionStore {
  function tapped<Parameters extends readonly unknown[], Reply>(
    name: string,
    call: (...parameters: Parameters) => Promise<Reply>,
  ): (...parameters: Parameters) => Promise<Reply> {
    return async (...parameters) => {
      const held = tap('before', name)
      if (held !== undefined) await held
      const reply = await call(...parameters)
      await tap('after', name)
      return reply
    }
  }

  const { users } = store
  return {
    ...store,
    load: tapped('load', store.load),
    insert: tapped('insert', store.insert),
    replace: tapped('replace', store.replace),
    remove: tapped('remove', store.remove),
    ...(users && {
      users: {
        ...users,
        add: tapped('add', users.add),
        revoke: tapped('revoke', users.revoke),
        list: tapped('list', users.list),
        drop: tapped('drop', users.drop),
      },
    }),
  }
}
