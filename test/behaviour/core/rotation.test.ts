import { InvalidOptionError, SessionSupersededError } from 'sessera'
import { describe, expect, it, vi } from 'vitest'
import { Browser } from '../../support/browser.js'
import { recordEvents } from '../../support/record-events.js'
import { fleet, type Fleet } from '../../support/fleet.js'

async function signedIn({ backend }: Fleet, user = 'ada'): Promise<Browser> {
  const browser = new Browser()
  await browser.visit(backend[0], (session) => {
    session.signIn(user)
    session.data.theme = 'dark'
  })
  return browser
}

describe('rule 4: rotated meanwhile', () => {
  it('the changes of a request that was under way are refused, and it sends no cookie', async () => {
    const all = fleet()
    const dropped = recordEvents('changes-dropped')
    const browser = await signedIn(all)
    const slow = await browser.copy().arrive(all.backend[0])
    slow.session.data.count = 1
    await browser.visit(all.backend[1], (session) => session.rotate())
    await expect(slow.session.update((data) => void (data.count = 2))).rejects.toBeInstanceOf(SessionSupersededError)
    await expect(slow.session.save()).rejects.toBeInstanceOf(SessionSupersededError)
    await expect(slow.leave()).rejects.toMatchObject({ code: 'SESSION_SUPERSEDED', status: 409 })
    expect(await browser.look(all.backend[2])).toEqual({ userId: 'ada', data: { theme: 'dark' }, isNew: false })
    expect(dropped).toContainEqual({ handle: slow.session.handle, reason: 'superseded' })
  })

  it('two rotations at once: one holds, the other sends no cookie', async () => {
    const all = fleet()
    const browser = await signedIn(all)
    const [first, second] = [await browser.arrive(all.backend[0]), await browser.arrive(all.backend[1])]
    first.session.rotate()
    second.session.rotate()
    expect((await first.leave()).setCookies).toHaveLength(1)
    expect((await second.leave()).setCookies).toEqual([])
    expect((await browser.look(all.backend[2])).userId).toBe('ada')
  })

  it('two rotations at once: the one that comes too late with changes is refused', async () => {
    const all = fleet()
    const browser = await signedIn(all)
    const late = await browser.copy().arrive(all.backend[1])
    late.session.rotate()
    late.session.data.count = 1
    await browser.visit(all.backend[0], (session) => session.rotate())
    await expect(late.leave()).rejects.toBeInstanceOf(SessionSupersededError)
    expect((await browser.look(all.backend[2])).data).toEqual({ theme: 'dark' })
  })

  it('an end ends the session all the same', async () => {
    const all = fleet()
    const browser = await signedIn(all)
    const slow = await browser.copy().arrive(all.backend[0])
    await browser.visit(all.backend[1], (session) => session.rotate())
    slow.session.end()
    await slow.leave()
    expect((await browser.look(all.backend[2])).userId).toBeUndefined()
  })

  it('somebody signed in meanwhile: the changes are dropped with an event, as that began anew', async () => {
    const all = fleet()
    const dropped = recordEvents('changes-dropped')
    const browser = new Browser()
    await browser.visit(all.backend[0], ({ data }) => void (data.count = 1))
    const slow = await browser.copy().arrive(all.backend[0])
    slow.session.data.count = 2
    const { handle } = slow.session
    await browser.visit(all.backend[1], (session) => session.signIn('ada'))
    expect((await slow.leave()).setCookies).toEqual([])
    expect((await browser.look(all.backend[2])).data).toEqual({})
    expect(dropped).toEqual([{ handle, reason: 'superseded' }])
  })

  it('LC-4: a rotation keeps handle, data and user, kills the old secret, and merges with parallel changes', async () => {
    const all = fleet({ rotationGrace: '1ms' })
    const browser = await signedIn(all)
    const old = browser.copy()
    const rotating = await browser.arrive(all.backend[0])
    const { handle } = rotating.session
    rotating.session.rotate()
    rotating.session.data.count = 1
    await browser.copy().visit(all.backend[1], ({ data }) => void (data.cart = ['tea']))
    await rotating.leave()
    all.clock.advance(2)
    expect(await browser.look(all.backend[2])).toEqual({
      userId: 'ada',
      data: { theme: 'dark', count: 1, cart: ['tea'] },
      isNew: false,
    })
    expect((await browser.arrive(all.backend[2])).session.handle).toBe(handle)
    expect((await old.look(all.backend[2])).userId).toBeUndefined()
  })
})

describe('rule 4: a request that arrives with a superseded secret', () => {
  it('within the grace time after rotate it reads, but what it changes is refused, and it sets no cookie', async () => {
    const all = fleet()
    const dropped = recordEvents('changes-dropped')
    const browser = await signedIn(all)
    const old = browser.copy()
    await browser.visit(all.backend[0], (session) => session.rotate())
    all.clock.advance(10_000)
    const late = await old.arrive(all.backend[1])
    expect(late.session.userId).toBe('ada')
    expect(late.session.data).toEqual({ theme: 'dark' })
    const { handle } = late.session
    late.session.data.theme = 'blue'
    await expect(late.session.update((data) => void (data.count = 1))).rejects.toBeInstanceOf(SessionSupersededError)
    await expect(late.session.save()).rejects.toBeInstanceOf(SessionSupersededError)
    await expect(late.leave()).rejects.toMatchObject({ code: 'SESSION_SUPERSEDED', status: 409 })
    expect((await old.visit(all.backend[1], (session) => session.rotate())).setCookies).toEqual([])
    expect(await browser.look(all.backend[2])).toEqual({ userId: 'ada', data: { theme: 'dark' }, isNew: false })
    expect(dropped).toEqual([{ handle, reason: 'superseded' }])
  })

  it('within the grace time after rotate it can sign out: the answer of the rotation may be lost', async () => {
    const all = fleet()
    const browser = await signedIn(all)
    const old = browser.copy()
    await browser.visit(all.backend[0], (session) => session.rotate())
    const { setCookies } = await old.visit(all.backend[1], (session) => session.end())
    expect(setCookies).toEqual([expect.stringContaining('Max-Age=0')])
    expect((await browser.look(all.backend[2])).userId).toBeUndefined()
  })

  it('LC-5: after the grace time it is a stranger, and the event secret-reused tells', async () => {
    const all = fleet()
    const reused = recordEvents('secret-reused')
    const browser = await signedIn(all)
    const old = browser.copy()
    await browser.visit(all.backend[0], (session) => session.rotate())
    expect(reused).toEqual([])
    all.clock.advance(10_001)
    expect(await old.look(all.backend[1])).toEqual({ userId: undefined, data: {}, isNew: true })
    expect(reused).toEqual([{ handle: (await browser.arrive(all.backend[0])).session.handle }])
  })

  it('after the grace time it ends the session, with onSecretReuse "end"', async () => {
    const all = fleet({ onSecretReuse: 'end' })
    const ended = recordEvents('ended')
    const browser = await signedIn(all)
    const old = browser.copy()
    await browser.visit(all.backend[0], (session) => session.rotate())
    await old.look(all.backend[1])
    expect(ended).toEqual([])
    all.clock.advance(10_001)
    const { handle } = (await browser.arrive(all.backend[0])).session
    expect((await old.look(all.backend[1])).isNew).toBe(true)
    await vi.waitFor(() => expect(ended).toEqual([{ handle, reason: 'secret-reused', userId: 'ada' }]))
    expect((await browser.look(all.backend[2])).isNew).toBe(true)
    expect(() => fleet({ onSecretReuse: 'stop' as never })).toThrow(InvalidOptionError)
  })

  it('LC-1: superseded by a sign-in it is nobody from the first moment', async () => {
    const all = fleet()
    const planted = new Browser()
    await planted.visit(all.backend[0], ({ data }) => void (data.cart = ['bait']))
    const victim = planted.copy()
    await victim.visit(all.backend[1], (session) => session.signIn('ada'))
    expect(await planted.look(all.backend[0])).toEqual({ userId: undefined, data: {}, isNew: true })
  })

  it('within the grace time after a sign-in it stores nothing and sets no cookie, so it cannot overwrite the new one', async () => {
    const all = fleet()
    const browser = new Browser()
    await browser.visit(all.backend[0], ({ data }) => void (data.count = 1))
    const old = browser.copy()
    await browser.visit(all.backend[0], (session) => session.signIn('ada'))
    all.store.calls.length = 0
    expect((await old.visit(all.backend[1], ({ data }) => void (data.count = 2))).setCookies).toEqual([])
    expect(all.store.calls).toEqual(['load'])
    all.clock.advance(10_001)
    expect((await old.visit(all.backend[1], ({ data }) => void (data.count = 2))).setCookies).toHaveLength(1)
  })

  it('TR-3: within the grace time after a sign-in, end ends what the visitor has signed in to', async () => {
    const all = fleet()
    const browser = new Browser()
    await browser.visit(all.backend[0], ({ data }) => void (data.count = 1))
    const old = browser.copy()
    await browser.visit(all.backend[0], (session) => session.signIn('ada'))
    const { setCookies } = await old.visit(all.backend[1], (session) => session.end())
    expect(setCookies).toEqual([expect.stringContaining('=; Max-Age=0')])
    expect((await browser.look(all.backend[2])).userId).toBeUndefined()
  })

  it('past the grace time after a sign-in, end ends nothing but clears the cookie', async () => {
    const all = fleet()
    const browser = new Browser()
    await browser.visit(all.backend[0], ({ data }) => void (data.count = 1))
    const old = browser.copy()
    await browser.visit(all.backend[0], (session) => session.signIn('ada'))
    all.clock.advance(10_001)
    expect((await old.visit(all.backend[1], (session) => session.end())).setCookies).toHaveLength(1)
    expect((await browser.look(all.backend[2])).userId).toBe('ada')
  })

  it('a double-clicked login holds: with the superseded secret one can still sign in', async () => {
    for (const first of ['signIn', 'rotate'] as const) {
      const all = fleet()
      const browser = new Browser()
      await browser.visit(all.backend[0], ({ data }) => void (data.cart = ['tea']))
      const old = browser.copy()
      await browser.visit(all.backend[0], (session) => (first === 'signIn' ? session.signIn('ada') : session.rotate()))
      await old.visit(all.backend[1], (session) => session.signIn('ada', { keep: ['cart'] }))
      expect((await old.look(all.backend[2])).userId).toBe('ada')
      expect((await browser.look(all.backend[2])).data).toEqual(first === 'signIn' ? {} : { cart: ['tea'] })
    }
  })

  it('a record remembers all secrets that were superseded within the grace time', async () => {
    const all = fleet()
    const browser = await signedIn(all)
    const [oldest, older] = [browser.copy(), new Browser()]
    await browser.visit(all.backend[0], (session) => session.rotate())
    older.cookie = browser.cookie
    await browser.visit(all.backend[0], (session) => session.rotate())
    expect((await older.look(all.backend[1])).userId).toBe('ada')
    expect((await oldest.look(all.backend[1])).userId).toBe('ada')
  })
})

describe('rotate', () => {
  it('is not carried out when the response failed, but the changes of data are stored', async () => {
    const all = fleet()
    const browser = await signedIn(all)
    const { setCookies } = await browser.visit(
      all.backend[0],
      (session) => {
        session.rotate()
        session.data.count = 3
      },
      500,
    )
    expect(setCookies).toEqual([])
    expect(await browser.look(all.backend[1])).toEqual({
      userId: 'ada',
      data: { theme: 'dark', count: 3 },
      isNew: false,
    })
  })

  it('of a session with nothing in it does nothing', async () => {
    const all = fleet()
    expect(await new Browser().visit(all.backend[0], (session) => session.rotate())).toMatchObject({ setCookies: [] })
    expect(all.store.calls).toEqual([])
  })
})
