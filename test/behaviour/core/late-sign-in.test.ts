import { createSessions, memoryStore, type Sessions } from 'sessera'
import { gate } from 'sessera/testing'
import { describe, expect, it } from 'vitest'
import { tappedStore } from '../../laboratory/sign-out/tapped-store.js'
import { Browser, type Data } from '../../support/browser.js'

const store = memoryStore()
const limit = { maxSessionsPerUser: 1 }

describe('maxSessionsPerUser', () => {
  it('holds when a sign-in that was entered first is stored last', async () => {
    const held = gate()
    const slow = createSessions<Data>({
      ...limit,
      store: tappedStore(store, (moment, call) =>
        moment === 'before' && call === 'replace' ? held.pass() : undefined,
      ),
    })
    const fast = createSessions<Data>({ ...limit, store })
    const [first, second] = [new Browser(), new Browser()]
    const enter = (browser: Browser, sessions: Sessions<Data>): Promise<unknown> =>
      browser.visit(sessions, (session) => session.signIn('ada'))

    const entering = enter(first, slow)
    await held.reached
    await enter(second, fast)
    held.open()
    await entering

    const users = await Promise.all([first, second].map(async (browser) => (await browser.look(fast)).userId))
    expect(users.filter((userId) => userId === 'ada')).toHaveLength(1)
    expect(await fast.user('ada').count()).toBe(1)
  })
})
