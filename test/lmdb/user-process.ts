// One of several processes that enter and end sessions of a user, for users.test.ts: `user-process.ts <folder> <command> <argument>`.
import { createSessions } from 'sessera'
import { lmdbStore } from 'sessera/lmdb'
import { type Handle, newHandle } from '../../src/store.js'

const [path, command, argument] = process.argv.slice(2) as [string, string, string]
const store = lmdbStore({ path })
const users = store.users!
const hour = 3_600_000

async function enter(handle: Handle, openedAt: number): Promise<string> {
  return (await users.add('ada', { handle, openedAt, lifetimeMs: hour })).status
}

const commands: Record<string, () => Promise<unknown>> = {
  /** Enters that many sessions at once. */
  async add() {
    const handles = Array.from({ length: Number(argument) }, newHandle)
    const statuses = await Promise.all(handles.map((handle) => enter(handle, users.moment())))
    return statuses.every((status) => status === 'added') ? handles : statuses
  },

  /** Enters a session whose request is opened now. */
  async enter() {
    return enter(argument as Handle, users.moment())
  },

  async revoke() {
    return (await users.revoke('ada')).handles.length
  },

  /** Signs in again and again, tells each time, and never ends. */
  async signIn() {
    const sessions = createSessions({ store, cookie: { secure: false }, deadline: '20s' })
    const signInAgain = async (): Promise<never> => {
      for (;;) {
        const { session, commit } = await sessions.open(undefined)
        session.signIn('ada')
        try {
          await commit()
        } catch (error) {
          if ((error as { code: string }).code !== 'SIGN_IN_REVOKED') throw error
        }
        process.send?.('signed in')
      }
    }
    await Promise.all([signInAgain(), signInAgain(), signInAgain(), signInAgain()])
  },
}

// The parent is gone: nobody else would stop us.
process.on('disconnect', () => process.exit())
console.log(JSON.stringify(await commands[command]!()))
