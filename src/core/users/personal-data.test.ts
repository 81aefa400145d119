import { createSessions, memoryStore, type SessionStore, type Sessions } from 'sessera'
import { fakeClock } from 'sessera/testing'
import { describe, expect, it } from 'vitest'

interface Data {
  cart: string[]
  notes: Record<string, unknown>
}

function start(change: (store: SessionStore) => Partial<SessionStore> = () => ({})) {
  const clock = fakeClock()
  const store = memoryStore({ now: clock.now })
  return { clock, store, sessions: createSessions<Data>({ store: { ...store, ...change(store) } }) }
}

async function signIn(sessions: Sessions<Data>, userId: string, data: Partial<Data> = {}): Promise<void> {
  const { session, commit } = await sessions.open(undefined)
  session.signIn(userId, { label: 'laptop', device: { browser: 'Firefox 145' } })
  Object.assign(session.data, data)
  await commit()
}

describe('the export of a user', () => {
  it('has each session with its times, label, device and data, the last used first, and nothing of others', async () => {
    const { clock, sessions } = start()
    await signIn(sessions, 'ada', { cart: ['tea'] })
    clock.advance(1_000)
    await signIn(sessions, 'grace', { cart: ['coffee'] })
    await signIn(sessions, 'ada', { notes: { deep: [1, null, 'ü'] } })
    const copy = await sessions.user('ada').export()
    const listed = await sessions.user('ada').list()
    expect(copy.userId).toBe('ada')
    expect(copy.sessions.map(({ data: _data, ...info }) => info)).toEqual(
      listed.map(({ current: _current, ...info }) => info),
    )
    expect(copy.sessions.map(({ data }) => ({ ...data }))).toEqual([
      { notes: { deep: [1, null, 'ü'] } },
      { cart: ['tea'] },
    ])
    expect(copy.sessions[0]).toMatchObject({ userId: 'ada', label: 'laptop', device: { browser: 'Firefox 145' } })
    expect(JSON.stringify(copy)).not.toContain('coffee')
  })

  it('is plain JSON, and opens no session', async () => {
    const { store, sessions } = start()
    await signIn(sessions, 'ada', { cart: ['tea'] })
    const copy = await sessions.user('ada').export()
    const text = JSON.stringify(copy)
    expect(JSON.parse(text)).toEqual(copy)
    const [handle] = copy.sessions.map((session) => session.handle)
    const digest = handle && (await store.load(handle))?.text.split(' ')[2]
    expect(digest).toHaveLength(43)
    expect(text).not.toContain(digest)
  })

  it('of somebody who is not signed in is empty', async () => {
    expect(await start().sessions.user('ada').export()).toEqual({ userId: 'ada', sessions: [], journal: [] })
  })
})

describe('the erasure of a user', () => {
  it('ends all sessions and waits until their entries are gone', async () => {
    const { store, sessions } = start()
    await signIn(sessions, 'ada')
    await signIn(sessions, 'ada')
    expect(await sessions.user('ada').erase()).toBe(2)
    expect(await store.users?.list('ada')).toEqual({ handles: [], after: undefined })
    expect(await sessions.user('ada').export()).toEqual({ userId: 'ada', sessions: [], journal: [] })
    expect(await sessions.user('ada').erase()).toBe(0)
  })

  it('also ends what the index has lost, if it is to scan', async () => {
    const { store, sessions } = start()
    await signIn(sessions, 'ada')
    const { handles } = (await store.users?.list('ada')) ?? { handles: [] }
    await store.users?.drop('ada', handles)
    expect(await sessions.user('ada').erase()).toBe(0)
    expect((await sessions.list()).sessions).toHaveLength(1)
    expect(await sessions.user('ada').erase({ scan: true })).toBe(1)
    expect((await sessions.list()).sessions).toEqual([])
  })

  it('rejects if entries could not be dropped, and does the rest when it is called again', async () => {
    let isFailing = true
    const { store, sessions } = start(({ users }) => {
      const drop: NonNullable<SessionStore['users']>['drop'] = async (...given) => {
        if (isFailing) throw new Error('down')
        await users?.drop(...given)
      }
      return users === undefined ? {} : { users: { ...users, drop } }
    })
    await signIn(sessions, 'ada')
    await expect(sessions.user('ada').erase()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect((await sessions.list()).sessions).toEqual([])
    expect((await store.users?.list('ada'))?.handles).toHaveLength(1)
    isFailing = false
    expect(await sessions.user('ada').erase()).toBe(0)
    expect((await store.users?.list('ada'))?.handles).toEqual([])
  })

  it('lets a request that was open meanwhile sign nobody in', async () => {
    const { store, sessions } = start()
    const { session, commit } = await sessions.open(undefined)
    await sessions.user('ada').erase()
    session.signIn('ada')
    await expect(commit()).rejects.toMatchObject({ code: 'SIGN_IN_REVOKED' })
    expect((await store.users?.list('ada'))?.handles).toEqual([])
  })
})
