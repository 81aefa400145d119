import { InvalidArgumentError, NotSignedInError, signedInUser, type Session } from 'sessera'
import { describe, expect, it } from 'vitest'
import { Browser, type Data } from '../../support/browser.js'
import { recordEvents } from '../../support/record-events.js'
import { fleet } from '../../support/fleet.js'

describe('signIn', () => {
  it('LC-1, LC-3: gives a new secret under the same handle and keeps of the anonymous data only what keep names', async () => {
    const { backend } = fleet()
    const signedIn = recordEvents('signed-in')
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => Object.assign(data, { cart: ['tea'], theme: 'planted' }))
    const before = browser.cookie
    const visit = await browser.arrive(backend[0])
    const { handle, data } = visit.session
    visit.session.signIn('ada', { keep: ['cart'] })
    expect(visit.session.userId).toBe('ada')
    data.count = 1
    await visit.leave()
    expect(browser.cookie).not.toBe(before)
    expect(browser.cookie?.slice(0, 37)).toBe(before?.slice(0, 37)) // the name and the handle
    expect(await browser.look(backend[1])).toEqual({ userId: 'ada', data: { cart: ['tea'], count: 1 }, isNew: false })
    expect(signedIn).toEqual([{ handle, userId: 'ada' }])
  })

  it('again by the same user rotates, restarts the absolute timeout and keeps the creation time', async () => {
    const { backend, clock } = fleet({ idleTimeout: '2h', absoluteTimeout: '2h' })
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    const before = browser.copy()
    const { handle, createdAt } = (await browser.arrive(backend[0])).session
    clock.advance(3_600_000)
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    clock.advance(5_400_000)
    const { session } = await browser.arrive(backend[1])
    expect(session).toMatchObject({ userId: 'ada', handle, createdAt })
    expect((await before.look(backend[1])).userId).toBeUndefined()
  })

  it('of another user keeps nothing of the data, ends that session, and takes a new handle', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => {
      session.signIn('ada')
      session.data.cart = ['secret']
    })
    const ada = browser.copy()
    const { handle } = (await browser.arrive(backend[0])).session
    await browser.visit(backend[0], (session) => session.signIn('bob', { keep: ['cart'] }))
    expect(await browser.look(backend[1])).toEqual({ userId: 'bob', data: {}, isNew: false })
    expect((await browser.arrive(backend[1])).session.handle).not.toBe(handle)
    expect((await ada.look(backend[1])).isNew).toBe(true)
    expect(await backend[1].end(handle ?? '')).toBe(false)
  })

  it('LC-1: again by the same user leaves no copy of the old token signed in, also when that writes at the same time', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    const thief = browser.copy()
    const again = await browser.arrive(backend[0])
    again.session.signIn('ada')
    await thief.visit(backend[1], ({ data }) => void (data.theme = 'mine'))
    await again.leave()
    expect(await browser.look(backend[2])).toEqual({ userId: 'ada', data: {}, isNew: false })
    expect((await thief.look(backend[2])).userId).toBeUndefined()
  })

  it('refuses wrong options, as keep must not fail open', async () => {
    const { session } = await new Browser().arrive(fleet().backend[0])
    for (const wrong of [{ keep: 'cart' }, { keep: [1] }, { remember: 'false' }, { rememberMe: true }, { label: 1 }]) {
      expect(() => session.signIn('ada', wrong as never)).toThrow(/^The options of session.signIn\(\) are wrong: /)
    }
    expect(session.userId).toBeUndefined()
  })

  it('is not claimed any more once the response said that it failed', async () => {
    const { session, leave } = await new Browser().arrive(fleet().backend[0])
    session.signIn('ada')
    await leave(401)
    expect(session.userId).toBeUndefined()
  })

  it('stores what the data was when the response began, and nothing later', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    const { session, leave } = await browser.arrive(backend[0])
    session.signIn('ada')
    session.data.count = 1
    const leaving = leave()
    Object.assign(session.data, { count: 2, bad: 1n })
    await leaving
    expect((await browser.look(backend[1])).data).toEqual({ count: 1 })
  })

  it('is not carried out with a status of 400 or more: what was changed before it is stored, what came after is not', async () => {
    for (const hadSession of [true, false]) {
      const { backend } = fleet()
      const browser = new Browser()
      if (hadSession) await browser.visit(backend[0], ({ data }) => void (data.theme = 'dark'))
      await browser.visit(
        backend[0],
        (session) => {
          session.data.count = 1
          session.signIn('ada')
          session.data.cart = ['for ada']
        },
        500,
      )
      expect(await browser.look(backend[1])).toEqual({
        userId: undefined,
        data: hadSession ? { theme: 'dark', count: 1 } : { count: 1 },
        isNew: false,
      })
    }
  })

  it('that fails for another user leaves the session of the first one', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    await browser.visit(backend[0], (session) => session.signIn('bob'), 401)
    expect((await browser.look(backend[1])).userId).toBe('ada')
  })

  it('after end() is a fresh start: the old session is removed, the new one has another handle', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => {
      session.signIn('ada')
      session.data.cart = ['tea']
    })
    const old = browser.copy()
    await browser.visit(backend[0], (session) => {
      session.end()
      session.signIn('ada', { keep: ['cart'] })
    })
    expect(await browser.look(backend[1])).toEqual({ userId: 'ada', data: {}, isNew: false })
    expect(browser.cookie?.slice(0, 37)).not.toBe(old.cookie?.slice(0, 37))
    expect((await old.look(backend[1])).isNew).toBe(true)
  })

  it('takes whole numbers as their text, and refuses what is no user id', () => {
    const { backend } = fleet()
    return new Browser().visit(backend[0], (session) => {
      session.signIn(42)
      expect(session.userId).toBe('42')
      for (const bad of ['', 1.5, NaN, {}, null, undefined, ['x'], 'x'.repeat(513)]) {
        expect(() => session.signIn(bad as string)).toThrow(InvalidArgumentError)
      }
      expect(() => session.signIn('ada', { label: 'x'.repeat(201) })).toThrow(InvalidArgumentError)
    })
  })

  it('changes of data and updates after it belong to the signed-in session', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 5))
    await browser.visit(backend[0], async (session) => {
      session.signIn('ada')
      await session.update((data) => void (data.count = (data.count ?? 0) + 1))
      await session.save()
    })
    expect((await browser.look(backend[1])).data).toEqual({ count: 1 })
  })
})

describe('end', () => {
  it('called twice still removes what the request itself stored', async () => {
    const { backend, store } = fleet()
    const visit = await new Browser(`__Host-session=${'A'.repeat(22)}.${'b'.repeat(32)}`).arrive(backend[0])
    visit.session.data.count = 1
    await visit.session.save()
    visit.session.end()
    visit.session.end()
    await visit.leave()
    expect(store.calls).toEqual(['load', 'insert', 'remove'])
  })
})

describe('a write that the handler did not wait for', () => {
  /** Ada is signed in and has a secret; the handler starts an update and does something else before it is done. */
  async function withUpdateUnderWay(then: (session: Session<Data>) => void, status = 200) {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => {
      session.signIn('ada')
      session.data.theme = 'secret'
    })
    const visit = await browser.arrive(backend[0])
    void visit.session.update((data) => void (data.count = 1))
    then(visit.session)
    await visit.leave(status)
    return { backend, browser, visit }
  }

  it('brings nothing of one user to the next', async () => {
    for (const endsFirst of [true, false]) {
      const { backend, browser } = await withUpdateUnderWay((session) => {
        if (endsFirst) session.end()
        session.signIn('bob')
      })
      expect(await browser.look(backend[1])).toEqual({ userId: 'bob', data: {}, isNew: false })
    }
  })

  it('does not bring back what was ended', async () => {
    const { backend, browser, visit } = await withUpdateUnderWay((session) => session.end())
    expect(visit.session).toMatchObject({ userId: undefined, isNew: true })
    expect(visit.session.data).toEqual({})
    expect(browser.cookie).toBeUndefined()
    expect(await backend[1].end(visit.session.handle ?? '')).toBe(false)
  })

  it('and that stored a new session leaves nothing when that was ended', async () => {
    const { backend, store } = fleet()
    const browser = new Browser()
    const visit = await browser.arrive(backend[0])
    const ended = new Promise<void>((resolve) => {
      store.tap('insert', (original) => (...given) => {
        visit.session.end()
        resolve()
        return original(...given)
      })
    })
    void visit.session.update((data) => void (data.count = 1))
    await ended
    await visit.leave()
    expect(store.calls).toEqual(['insert', 'remove'])
    expect(browser.cookie).toBeUndefined()
  })
})

describe('rule 5: a commit that signs in never merges', () => {
  it('SID-3: what others wrote into the anonymous session meanwhile is not in the signed-in one', async () => {
    const { backend } = fleet()
    const victim = new Browser()
    await victim.visit(backend[0], ({ data }) => void (data.cart = ['tea']))
    const attacker = victim.copy()
    const login = await victim.arrive(backend[0])
    login.session.signIn('ada', { keep: ['cart'] })
    await attacker.visit(backend[1], ({ data }) => Object.assign(data, { theme: 'planted', cart: ['bait'] }))
    await login.leave()
    expect(await victim.look(backend[1])).toEqual({ userId: 'ada', data: { cart: ['tea'] }, isNew: false })
    expect(await attacker.look(backend[1])).toEqual({
      userId: undefined,
      data: { theme: 'planted', cart: ['bait'] },
      isNew: false,
    })
  })

  it('what its own request had begun to store before it is not lost, for what keep names', async () => {
    for (const begin of ['update', 'save'] as const) {
      const { backend } = fleet()
      const browser = new Browser()
      await browser.visit(backend[0], ({ data }) => Object.assign(data, { cart: ['tea'], theme: 'dark' }))
      let begun: Promise<unknown> | undefined
      await browser.visit(backend[0], (session) => {
        if (begin === 'update')
          begun = session.update((data) => Object.assign(data, { cart: [...(data.cart ?? []), 'milk'], theme: 'red' }))
        else {
          session.data.cart?.push('milk')
          begun = session.save()
        }
        session.signIn('ada', { keep: ['cart'] })
      })
      await begun
      expect(await browser.look(backend[1])).toEqual({ userId: 'ada', data: { cart: ['tea', 'milk'] }, isNew: false })
    }
  })

  it('a sign-in after an update sees what that has stored, in what it keeps', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.cart = ['tea']))
    const { session, leave } = await browser.arrive(backend[0])
    const updating = session.update((data) => Object.assign(data, { cart: ['tea', 'milk'], theme: 'red' }))
    session.signIn('ada', { keep: ['cart'] })
    await updating
    expect(session.data).toEqual({ cart: ['tea', 'milk'] })
    session.data.cart = ['water']
    await leave()
    expect((await browser.look(backend[1])).data).toEqual({ cart: ['water'] })
  })

  it('of the same user again loses nothing that other requests were told is stored, for what keep names', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    await browser.visit(backend[0], ({ data }) => Object.assign(data, { cart: ['tea'], theme: 'dark', count: 1 }))
    const again = await browser.arrive(backend[0])
    await browser.visit(backend[1], (session) =>
      session.update((data) => Object.assign(data, { cart: ['tea', 'milk'], count: 2 })),
    )
    again.session.signIn('ada', { keep: ['cart', 'theme'] })
    const { handle } = again.session
    again.session.data.theme = 'red'
    await browser.visit(backend[2], ({ data }) => void (data.theme = 'blue'))
    await again.leave()
    expect(await browser.look(backend[1])).toEqual({
      userId: 'ada',
      data: { cart: ['tea', 'milk'], theme: 'red' },
      isNew: false,
    })
    expect((await browser.arrive(backend[2])).session.handle).toBe(handle)
  })

  it('that begins after the first one of a double click is stored goes on with what that one has', async () => {
    const { backend, clock } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => Object.assign(data, { cart: ['tea'], theme: 'dark' }))
    const [second, other, late] = [browser.copy(), browser.copy(), browser.copy()]
    await browser.visit(backend[0], (session) => session.signIn('ada', { keep: ['cart'] }))
    const clicked = await second.arrive(backend[1])
    expect(clicked.session.data).toEqual({})
    clicked.session.signIn('ada', { keep: ['cart'] })
    expect(clicked.session.data).toEqual({ cart: ['tea'] })
    await browser.visit(backend[2], ({ data }) => Object.assign(data, { cart: ['tea', 'milk'], count: 7 }))
    await clicked.leave()
    expect((await second.look(backend[1])).data).toEqual({ cart: ['tea', 'milk'] })
    expect((await browser.look(backend[1])).userId).toBe('ada')
    await other.visit(backend[1], (session) => session.signIn('bob', { keep: ['cart'] }))
    expect(await other.look(backend[1])).toEqual({ userId: 'bob', data: {}, isNew: false })
    clock.advance(10_001)
    await late.visit(backend[1], (session) => session.signIn('ada', { keep: ['cart'] }))
    expect(await late.look(backend[1])).toEqual({ userId: 'ada', data: {}, isNew: false })
  })

  it('two sign-ins at once both hold', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.cart = ['tea']))
    const [one, other] = [browser.copy(), browser.copy()]
    const [first, second] = [await one.arrive(backend[0]), await other.arrive(backend[1])]
    first.session.signIn('ada', { keep: ['cart'] })
    second.session.signIn('bob', { keep: ['cart'] })
    await Promise.all([first.leave(), second.leave()])
    expect(await one.look(backend[2])).toEqual({ userId: 'ada', data: { cart: ['tea'] }, isNew: false })
    expect(await other.look(backend[2])).toEqual({ userId: 'bob', data: { cart: ['tea'] }, isNew: false })
  })

  it('where the session was ended or rotated meanwhile it becomes one of its own', async () => {
    for (const meanwhile of ['end', 'rotate'] as const) {
      const { backend } = fleet()
      const browser = new Browser()
      await browser.visit(backend[0], ({ data }) => void (data.cart = ['tea']))
      const other = browser.copy()
      const login = await browser.arrive(backend[0])
      login.session.signIn('ada', { keep: ['cart'] })
      await other.visit(backend[1], (session) => session[meanwhile]())
      await login.leave()
      expect(await browser.look(backend[2])).toEqual({ userId: 'ada', data: { cart: ['tea'] }, isNew: false })
      if (meanwhile === 'rotate') expect((await other.look(backend[2])).userId).toBeUndefined()
    }
  })
})

describe('rule 6: end', () => {
  it('by an owner ends the session whatever happened since: changed, rotated, signed in', async () => {
    for (const meanwhile of ['write', 'rotate', 'signIn'] as const) {
      const { backend } = fleet()
      const browser = new Browser()
      await browser.visit(backend[0], ({ data }) => void (data.count = 1))
      const other = browser.copy()
      const leaving = await browser.arrive(backend[0])
      leaving.session.end()
      await other.visit(backend[1], (session) => {
        if (meanwhile === 'write') session.data.count = 2
        else if (meanwhile === 'rotate') session.rotate()
        else session.signIn('ada')
      })
      expect((await leaving.leave()).setCookies).toEqual([expect.stringContaining('__Host-session=; Max-Age=0')])
      expect((await other.look(backend[2])).isNew).toBe(true)
    }
  })

  it('TR-3: clears the cookie that it was called with, whatever became of its session', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    const [first, second] = [await browser.copy().arrive(backend[0]), await browser.copy().arrive(backend[1])]
    first.session.end()
    second.session.end()
    expect((await first.leave()).setCookies).toHaveLength(1)
    expect((await second.leave()).setCookies).toHaveLength(1)
    const dead = new Browser('__Host-session=odd')
    expect((await dead.visit(backend[0], (session) => session.end())).setCookies).toHaveLength(1)
    expect((await new Browser().visit(backend[0], (session) => session.end())).setCookies).toEqual([])
  })

  it('is carried out whatever the status, and leaves a blank session', async () => {
    const { backend } = fleet()
    const ended = recordEvents('ended')
    const browser = new Browser()
    await browser.visit(backend[0], (session) => {
      session.signIn('ada')
      session.data.count = 1
    })
    const visit = await browser.arrive(backend[0])
    const { handle } = visit.session
    visit.session.end()
    expect(visit.session).toMatchObject({ userId: undefined, handle: undefined, isNew: true })
    expect(visit.session.data).toEqual({})
    await visit.leave(500)
    expect(ended).toEqual([{ handle, reason: 'signed-out', userId: 'ada' }])
    expect(browser.cookie).toBeUndefined()
  })

  it('of a session that update has only just stored removes it again and leaves no token behind', async () => {
    const { backend } = fleet()
    const { session, opened } = await new Browser().arrive(backend[0])
    await session.update((data) => void (data.count = 1))
    const { handle } = session
    session.end()
    expect((await opened.commit()).setCookies).toEqual([])
    expect(await backend[1].end(handle ?? '')).toBe(false)
  })

  it('LC-8: of a stranger does nothing, and what is written after it is a new session', async () => {
    const { backend, store } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.end())
    expect(store.calls).toEqual([])
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    const old = browser.copy()
    await browser.visit(backend[0], (session) => {
      session.end()
      session.data.theme = 'dark'
    })
    expect(await browser.look(backend[1])).toEqual({ userId: undefined, data: { theme: 'dark' }, isNew: false })
    expect((await old.look(backend[1])).isNew).toBe(true)
  })
})

describe('after the response has begun', () => {
  it('the methods throw, and a late change of data is told', async () => {
    const { backend, store } = fleet()
    const late = recordEvents('late-change')
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.cart = ['tea']))
    const { session, opened, leave } = await browser.arrive(backend[0])
    expect(session.data.cart).toEqual(['tea'])
    await leave()
    for (const call of [() => session.signIn('ada'), () => session.end(), () => session.rotate()]) {
      expect(call).toThrow(expect.objectContaining({ code: 'SESSION_COMMITTED' }))
    }
    await expect(session.update(() => {})).rejects.toMatchObject({ code: 'SESSION_COMMITTED' })
    await expect(session.save()).rejects.toMatchObject({ code: 'SESSION_COMMITTED' })
    expect(late.splice(0)).toEqual([{ handle: session.handle }, { handle: session.handle }])
    opened.responseClosed()
    expect(late).toEqual([])
    ;(session.data.cart as string[]).push('late')
    opened.responseClosed()
    expect(late).toEqual([{ handle: session.handle }])
    store.calls.length = 0
    expect(await opened.commit()).toMatchObject({ setCookies: [] })
    expect(store.calls).toEqual([])
  })
})

describe('signedInUser', () => {
  it('gives the id of the user, from signIn on, and throws if nobody is signed in', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => {
      expect(() => signedInUser(session)).toThrow(NotSignedInError)
      session.signIn(7)
      expect(signedInUser(session)).toBe('7')
    })
    await browser.visit(backend[1], (session) => expect(signedInUser(session)).toBe('7'))
  })
})
