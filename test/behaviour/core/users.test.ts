import { setImmediate as turn } from 'node:timers/promises'
import {
  createSessions,
  InvalidArgumentError,
  newHandle,
  SessionCommittedError,
  SignInRevokedError,
  UnsupportedByStoreError,
  type SessionStore,
} from 'sessera'
import { gate } from 'sessera/testing'
import { describe, expect, it, vi } from 'vitest'
import { Browser } from '../../support/browser.js'
import { recordEvents } from '../../support/record-events.js'
import { fleet } from '../../support/fleet.js'

type Backend = ReturnType<typeof fleet>['backend'][number]

async function signedIn(backend: Backend, userId = 'ada', label?: string): Promise<Browser> {
  const browser = new Browser()
  await browser.visit(backend, (session) => session.signIn(userId, label === undefined ? {} : { label }))
  return browser
}

async function userAt(backend: Backend, browser: Browser): Promise<string | undefined> {
  return (await browser.look(backend)).userId
}

describe('user().list', () => {
  it('TR-8: shows the sessions of this user only, the last used first, and nothing that opens them', async () => {
    const { backend, clock } = fleet()
    const phone = new Browser()
    await phone.visit(backend[0], (session) =>
      session.signIn('ada', { label: 'phone', device: { system: 'Android', trusted: true }, remember: true }),
    )
    clock.advance(1000)
    const laptop = await signedIn(backend[1])
    await signedIn(backend[2], 'bob')
    await new Browser().visit(backend[2], ({ data }) => void (data.theme = 'dark'))
    const { session } = await laptop.arrive(backend[2])
    const list = await backend[2].user('ada').list({ current: session })
    const day = 86_400_000
    const now = clock.now()
    expect(list).toEqual([
      {
        handle: session.handle,
        userId: 'ada',
        createdAt: now,
        signedInAt: now,
        lastSeenAt: now,
        expiresAt: now + 1_800_000,
        remembered: false,
        label: undefined,
        device: undefined,
        current: true,
      },
      {
        handle: phone.cookie?.slice('__Host-session='.length).slice(0, 22),
        userId: 'ada',
        createdAt: now - 1000,
        signedInAt: now - 1000,
        lastSeenAt: now - 1000,
        expiresAt: now - 1000 + 14 * day,
        remembered: true,
        label: 'phone',
        device: { system: 'Android', trusted: true },
        current: false,
      },
    ])
    expect(await backend[0].user('ada').count()).toBe(2)
    expect(await backend[0].user('nobody').list()).toEqual([])
  })

  it('DS-5: leaves out what has expired or ended, and drops it from the index', async () => {
    const { backend, clock, store } = fleet()
    await signedIn(backend[0])
    clock.advance(1_800_000)
    const browser = await signedIn(backend[0])
    expect(await backend[1].user('ada').list()).toHaveLength(1)
    await turn()
    expect((await store.users.list('ada')).handles).toHaveLength(1)
    await browser.visit(backend[2], (session) => session.end())
    expect(await backend[1].user('ada').list()).toEqual([])
    await turn()
    expect((await store.users.list('ada')).handles).toEqual([])
  })

  it.each(['{}', '*', 'a\r\nb', '__proto__', 'x'.repeat(512), '\u0000', 'ü😀', '\ud800'])(
    'takes any text as a user id: %j',
    async (userId) => {
      const { backend } = fleet()
      await signedIn(backend[0], userId)
      expect(await backend[1].user(userId).list()).toMatchObject([{ userId }])
      expect(await backend[1].user(`${userId.slice(0, 500)} `).list()).toEqual([])
      expect(await backend[1].user(userId).end()).toBe(1)
    },
  )

  it('takes a whole number as its decimal text, and refuses what signIn refuses', async () => {
    const { backend } = fleet()
    await new Browser().visit(backend[0], (session) => session.signIn(7))
    expect(await backend[0].user(7).count()).toBe(1)
    for (const wrong of ['', undefined, null, 1.5, {}, 'x'.repeat(513)])
      expect(() => backend[0].user(wrong as never)).toThrow(InvalidArgumentError)
  })
})

describe('user().end', () => {
  it('TR-6: ends all sessions of the user, on every backend, and nobody else’s', async () => {
    const { backend } = fleet()
    const ended = recordEvents('ended')
    const browsers = [await signedIn(backend[0]), await signedIn(backend[1]), await signedIn(backend[2])]
    const bob = await signedIn(backend[0], 'bob')
    expect(await backend[1].user('ada').end()).toBe(3)
    for (const browser of browsers) expect(await userAt(backend[2], browser)).toBeUndefined()
    expect(await userAt(backend[2], bob)).toBe('bob')
    expect(ended).toHaveLength(3)
    expect(ended[0]).toMatchObject({ reason: 'user', userId: 'ada' })
    expect(await backend[1].user('ada').end()).toBe(0)
  })

  it('with except spares the session of the request and gives it a new secret', async () => {
    const { backend } = fleet()
    const [mine, other] = [await signedIn(backend[0]), await signedIn(backend[1])]
    const thief = mine.copy()
    const visit = await mine.arrive(backend[1])
    expect(await backend[1].user('ada').end({ except: visit.session })).toBe(1)
    await visit.leave()
    expect(await userAt(backend[2], mine)).toBe('ada')
    expect(await userAt(backend[2], other)).toBeUndefined()
    await thief.visit(backend[2], ({ data }) => void (data.theme = 'dark')).catch(() => {})
    expect((await mine.look(backend[2])).data).toEqual({})
  })

  it('with except lets the same request sign in afterwards, as a forgotten password does', async () => {
    const { backend } = fleet()
    const other = await signedIn(backend[0])
    const browser = new Browser()
    const visit = await browser.arrive(backend[1])
    await backend[1].user('ada').end({ except: visit.session })
    visit.session.signIn('ada')
    await visit.leave()
    expect(await userAt(backend[2], browser)).toBe('ada')
    expect(await userAt(backend[2], other)).toBeUndefined()
    expect(await backend[0].user('ada').count()).toBe(1)
  })

  it('refuses to spare another user’s session, anything else, and one whose response has begun', async () => {
    const { backend } = fleet()
    const bob = await (await signedIn(backend[0], 'bob')).arrive(backend[0])
    const ada = await signedIn(backend[0])
    const user = backend[0].user('ada')
    for (const except of [bob.session, {}, { handle: newHandle() }])
      await expect(user.end({ except })).rejects.toThrow(InvalidArgumentError)
    const late = await ada.arrive(backend[0])
    await late.leave()
    await expect(user.end({ except: late.session })).rejects.toThrow(SessionCommittedError)
    expect(await userAt(backend[1], ada)).toBe('ada')
  })

  it('with a handle ends that one, only if it is this user’s', async () => {
    const { backend } = fleet()
    const [ada, bob] = [await signedIn(backend[0]), await signedIn(backend[0], 'bob')]
    const handleOf = async (browser: Browser) => (await browser.arrive(backend[0])).session.handle ?? ''
    const user = backend[1].user('ada')
    for (const foreign of [await handleOf(bob), newHandle(), 'no handle', ''])
      expect(await user.end(foreign)).toBe(false)
    expect(await user.end(await handleOf(ada))).toBe(true)
    expect(await userAt(backend[2], ada)).toBeUndefined()
    expect(await userAt(backend[2], bob)).toBe('bob')
  })

  it.each([
    ['without a session', false],
    ['over an anonymous session', true],
  ])('refuses a sign-in %s whose request was opened before, wherever it is', async (_name, hasSession) => {
    for (const verb of ['insert', 'add', 'replace'] as const) {
      for (const moment of ['before', 'after'] as const) {
        if (hasSession && verb === 'insert') continue
        const { backend, store } = fleet()
        const browser = new Browser()
        if (hasSession) await browser.visit(backend[0], ({ data }) => void (data.theme = 'dark'))
        const held = gate()
        store.tap(verb, ((original: (...given: unknown[]) => Promise<unknown>) =>
          async (...given: unknown[]) => {
            store.untap()
            if (moment === 'before') await held.pass()
            const result = await original(...given)
            if (moment === 'after') await held.pass()
            return result
          }) as never)
        const visit = await browser.arrive(backend[0])
        visit.session.signIn('ada')
        const leaving = visit.leave()
        await held.reached
        await backend[1].user('ada').end()
        held.open()
        if (verb === 'replace' && moment === 'after') await leaving
        else await expect(leaving, `${verb} ${moment}`).rejects.toThrow(SignInRevokedError)
        expect(await userAt(backend[2], browser), `${verb} ${moment}`).toBeUndefined()
        expect(await backend[2].user('ada').list()).toEqual([])
        const page = await backend[2].list()
        expect(page.sessions.filter(({ userId }) => userId === 'ada')).toEqual([])
        expect(await userAt(backend[0], await signedIn(backend[2]))).toBe('ada')
      }
    }
  })

  it('ends an anonymous session that its user was about to sign in to, and leaves other anonymous ones', async () => {
    const { backend, store } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.theme = 'dark'))
    const other = new Browser()
    await other.visit(backend[0], ({ data }) => void (data.theme = 'dark'))
    store.tap('replace', () => async () => {
      throw new Error('this backend dies here')
    })
    await expect(browser.visit(backend[0], (session) => session.signIn('ada'))).rejects.toThrow()
    store.untap()
    expect(await backend[1].user('ada').list()).toEqual([])
    expect(await backend[1].user('ada').end()).toBe(0)
    expect((await browser.look(backend[1])).isNew).toBe(true)
    expect((await other.look(backend[1])).data).toEqual({ theme: 'dark' })
  })

  it('TR-7: finds what an index that was wiped does not show, with scan', async () => {
    const { backend, store } = fleet()
    const browser = await signedIn(backend[0])
    const { handles } = await store.users.list('ada')
    await store.users.drop('ada', handles)
    expect(await backend[1].user('ada').end()).toBe(0)
    expect(await userAt(backend[1], browser)).toBe('ada')
    expect(await backend[1].user('ada').end({ scan: true })).toBe(1)
    expect(await userAt(backend[1], browser)).toBeUndefined()
  })

  it('puts a lost entry back when the session is renewed', async () => {
    const { backend, store, clock } = fleet()
    const browser = await signedIn(backend[0])
    await store.users.drop('ada', (await store.users.list('ada')).handles)
    clock.advance(180_000)
    const renewed = recordEvents('renewed')
    await browser.visit(backend[0])
    await vi.waitFor(() => expect(renewed).toHaveLength(1))
    await turn()
    expect((await store.users.list('ada')).handles).toHaveLength(1)
  })

  it('rejects on a store without an index, where signing in still works', async () => {
    const { users: _users, list: _list, ...rest } = fleet().store
    const sessions = createSessions({ store: rest satisfies SessionStore })
    const { session, commit } = await sessions.open(undefined)
    session.signIn('ada')
    await commit()
    await expect(sessions.user('ada').list()).rejects.toThrow(UnsupportedByStoreError)
    await expect(sessions.user('ada').end()).rejects.toThrow(UnsupportedByStoreError)
    await expect(sessions.list()).rejects.toThrow(UnsupportedByStoreError)
  })
})

describe('administration', () => {
  it('finds and ends any session by its handle, and says who it was', async () => {
    const { backend } = fleet()
    const ended = recordEvents('ended')
    const browser = await signedIn(backend[0], 'ada', 'laptop')
    const handle = (await browser.arrive(backend[0])).session.handle ?? ''
    expect(await backend[1].find(handle)).toMatchObject({ handle, userId: 'ada', label: 'laptop' })
    expect(await backend[1].end(handle)).toBe(true)
    expect(ended).toEqual([{ handle, reason: 'administration', userId: 'ada' }])
    for (const unknown of [handle, newHandle(), 'x', '__proto__']) {
      expect(await backend[1].find(unknown)).toBeUndefined()
      expect(await backend[1].end(unknown)).toBe(false)
    }
  })

  it('lists all sessions, page by page', async () => {
    const { backend, clock } = fleet()
    await signedIn(backend[0])
    await new Browser().visit(backend[0], ({ data }) => void (data.theme = 'dark'))
    const found = []
    let after: string | undefined
    do {
      const page = await backend[1].list({ after })
      found.push(...page.sessions)
      after = page.after
    } while (after !== undefined)
    expect(found.map(({ userId }) => userId ?? 'nobody').sort()).toEqual(['ada', 'nobody'])
    clock.advance(1_800_000)
    expect((await backend[1].list()).sessions).toEqual([])
  })
})
