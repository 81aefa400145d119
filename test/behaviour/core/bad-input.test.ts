import { inspect } from 'node:util'
import { createSessions, isHandle, type Handle, type SessionsOptions } from 'sessera'
import { describe, expect, it } from 'vitest'
import { Browser } from '../../support/browser.js'
import { recordEvents } from '../../support/record-events.js'
import { fleet, type Fleet } from '../../support/fleet.js'

const token = `${'A'.repeat(22)}.${'b'.repeat(32)}`

describe('cookies that we could not have issued', () => {
  const bad: Record<string, string> = {
    empty: '__Host-session=',
    'too short': `__Host-session=${token.slice(0, -1)}`,
    'too long': `__Host-session=${token}A`,
    'not canonical': `__Host-session=${'A'.repeat(21)}B.${'b'.repeat(32)}`,
    quoted: `__Host-session="${token}"`,
    'percent-encoded': `__Host-session=%41${token.slice(1)}`,
    'with a NUL': `__Host-session=${token.slice(0, -1)}\0`,
    'a foreign format': '__Host-session=s%3Aapple.D8Y%2BpkTAmeR0PobOhY4G97PRW',
    'another case': `__HOST-SESSION=${token}`,
    'a look-alike name': `\u00a0__Host-session=${token}`,
    'the development name': `session=${token}`,
    huge: `__Host-session=${'A'.repeat(16_000)}`,
  }
  for (const [name, header] of Object.entries(bad)) {
    it(`SID-4: ${name}: a stranger, and the store is not asked`, async () => {
      const { backend, store } = fleet()
      const { session, commit } = await backend[0].open(header)
      expect(session).toMatchObject({ userId: undefined, isNew: true })
      expect(commit()).toMatchObject({ setCookies: [] })
      expect(store.calls).toEqual([])
    })
  }

  it('SID-3: a well-formed token that the client made up is never adopted', async () => {
    const { backend, store } = fleet()
    const unknown = recordEvents('unknown-token')
    const browser = new Browser(`__Host-session=${token}`)
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    expect(browser.cookie).not.toContain('AAAA')
    expect(await store.load('A'.repeat(22) as Handle)).toBeUndefined()
    expect(unknown).toEqual([{ handle: 'A'.repeat(22) }])
  })

  it("another session's handle with one's own secret opens nothing", async () => {
    const { backend } = fleet()
    const [ada, eve] = [new Browser(), new Browser()]
    await ada.visit(backend[0], (session) => session.signIn('ada'))
    await eve.visit(backend[0], (session) => session.signIn('eve'))
    const [name, adaToken = ''] = (ada.cookie ?? '').split('=')
    const eveSecret = (eve.cookie ?? '').split('.')[1] ?? ''
    eve.cookie = `${name}=${adaToken.slice(0, 22)}.${eveSecret}`
    expect((await eve.look(backend[1])).userId).toBeUndefined()
  })
})

describe('records that cannot be used', () => {
  /** Puts `text` where the browser's record stands. */
  async function spoil({ store }: Fleet, handle: string | undefined, text: (good: string) => string): Promise<void> {
    if (handle === undefined || !isHandle(handle)) throw new Error('no handle')
    const good = await store.load(handle)
    if (good === undefined) throw new Error('no record')
    await store.replace(handle, good.version, text(good.text), 3_600_000)
  }

  async function withSpoilt(
    text: (good: string) => string,
  ): Promise<{ all: Fleet; browser: Browser; handle: string | undefined }> {
    const all = fleet()
    const browser = new Browser()
    await browser.visit(all.backend[0], (session) => {
      session.signIn('ada')
      session.data.theme = 'dark'
    })
    const { handle } = (await browser.arrive(all.backend[0])).session
    await spoil(all, handle, text)
    return { all, browser, handle }
  }

  const unreadable: Record<string, { text: (good: string) => string; reason: string }> = {
    empty: { text: () => '', reason: 'corrupt' },
    'no record': { text: () => '\x00\xff garbage', reason: 'corrupt' },
    'cut off': { text: (good) => good.slice(0, 30), reason: 'corrupt' },
    'JSON as head': { text: () => '{"v":1}\n{}', reason: 'corrupt' },
    'a head without times': { text: (good) => good.replace(/ \S+,\S*,/, ''), reason: 'corrupt' },
    'a time that is none': { text: (good) => good.replace(',, ', ',,zzzzzzzzzzz '), reason: 'corrupt' },
    'a user id that is no text': { text: (good) => good.replace('"ada"', '{}'), reason: 'corrupt' },
    'from a newer version': { text: (good) => good.replace('1', '2'), reason: 'newer-version' },
    'of 10 MB': { text: (good) => good.replace('"dark"', `"${'x'.repeat(10_000_000)}"`), reason: 'too-large' },
  }
  for (const [name, { text, reason }] of Object.entries(unreadable)) {
    it(`${name}: as if absent, with an event; the evidence stays; a write makes a new session`, async () => {
      const { all, browser, handle } = await withSpoilt(text)
      const events = recordEvents('record-unreadable')
      expect(await browser.look(all.backend[1])).toEqual({ userId: undefined, data: {}, isNew: true })
      expect(events).toEqual([{ handle, reason }])
      await browser.visit(all.backend[1], ({ data }) => void (data.count = 1))
      expect(browser.cookie).not.toContain(handle)
      expect(handle && isHandle(handle) && (await all.store.load(handle))).toBeTruthy()
    })
  }

  it('of another handle: refused with an event and a 503, never served, never a stranger', async () => {
    const all = fleet()
    const mismatches = recordEvents('record-mismatch')
    const [ada, eve] = [new Browser(), new Browser()]
    await ada.visit(all.backend[0], (session) => session.signIn('ada'))
    await eve.visit(all.backend[0], (session) => session.signIn('eve'))
    const [adaHandle, eveHandle] = [
      (await ada.arrive(all.backend[0])).session.handle,
      (await eve.arrive(all.backend[0])).session.handle,
    ]
    const adaRecord = adaHandle && (await all.store.load(adaHandle))
    await spoil(all, eveHandle, () => (adaRecord ? adaRecord.text : ''))
    await expect(eve.arrive(all.backend[1])).rejects.toMatchObject({ code: 'RECORD_MISMATCH', status: 503 })
    expect(mismatches).toEqual([{ handle: eveHandle }])
  })

  it('__proto__ in stored data reaches no prototype, however it is spelt', async () => {
    for (const key of ['__proto__', '\\u005f_proto__', '__\\u0070roto__']) {
      const { all, browser } = await withSpoilt((good) =>
        good.replace('{"theme"', `{"${key}":{"admin":true},"deep":{"${key}":{"admin":true}},"theme"`),
      )
      const { session } = await browser.arrive(all.backend[1])
      const data = session.data as Record<string, unknown>
      expect(data['theme']).toBe('dark')
      expect(Object.keys(data)).toEqual(['deep', 'theme'])
      expect(data['admin']).toBeUndefined()
      expect((Object.assign({}, data['deep']) as { admin?: boolean }).admin).toBeUndefined()
      expect(({} as { admin?: boolean }).admin).toBeUndefined()
    }
  })

  it('data nested 100,000 levels deep: no crash, the data counts as none, with an event', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    const { all, browser, handle } = await withSpoilt((good) => good.replace('"dark"', deep))
    const events = recordEvents('record-unreadable')
    const visit = await browser.arrive(all.backend[1])
    expect(visit.session.userId).toBe('ada')
    expect(visit.session.data).toEqual({})
    expect(events).toEqual([{ handle, reason: 'corrupt' }])
    expect((await visit.leave()).setCookies).toEqual([])
  })
})

describe('data that cannot be stored', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = { cycle }
  const bad: Record<string, { value: unknown; path: string }> = {
    'a cycle': { value: cycle, path: 'data.bad' },
    'a BigInt': { value: { deep: [1n] }, path: 'data.bad.deep[0]' },
    'a function': { value: () => 1, path: 'data.bad' },
    'a function deep inside': { value: [{ callback: () => 1 }], path: 'data.bad[0].callback' },
    'a symbol': { value: Symbol('x'), path: 'data.bad' },
    'a Map': { value: new Map(), path: 'data.bad' },
    'a class instance': { value: new (class Cart {})(), path: 'data.bad' },
    NaN: { value: NaN, path: 'data.bad' },
    'undefined in a list': { value: [undefined], path: 'data.bad[0]' },
  }
  for (const [name, { value, path }] of Object.entries(bad)) {
    it(`${name}: a clear error that names the place, before anything is sent; what was stored stays`, async () => {
      const { backend } = fleet()
      const browser = new Browser()
      await browser.visit(backend[0], ({ data }) => void (data.count = 1))
      const failing = browser.visit(backend[0], ({ data }) => Object.assign(data, { count: 2, bad: value }))
      await expect(failing).rejects.toMatchObject({
        code: 'DATA_NOT_ENCODABLE',
        path: expect.stringContaining(path) as string,
      })
      expect((await browser.look(backend[1])).data).toEqual({ count: 1 })
    })
  }

  it('a function that changes nothing else is noticed too', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.profile = { name: 'Ada', tags: [] }))
    const failing = browser.visit(backend[0], ({ data }) => Object.assign(data.profile ?? {}, { greet: () => 'hi' }))
    await expect(failing).rejects.toMatchObject({ code: 'DATA_NOT_ENCODABLE', path: 'data.profile.greet' })
  })

  it('too large: an error with the figures, also where two requests together are too large', async () => {
    const { backend } = fleet({ maxDataBytes: 100 })
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    const large = browser.visit(backend[0], ({ data }) => void (data.theme = 'ü'.repeat(50)))
    await expect(large).rejects.toMatchObject({
      code: 'DATA_TOO_LARGE',
      message: expect.stringContaining('maxDataBytes is 100') as string,
    })
    const slow = await browser.arrive(backend[0])
    slow.session.data.theme = 'x'.repeat(40)
    await browser.visit(backend[1], ({ data }) => void (data.cart = ['y'.repeat(40)]))
    await expect(slow.leave()).rejects.toMatchObject({ code: 'DATA_TOO_LARGE' })
    expect((await browser.look(backend[1])).data).toEqual({ count: 1, cart: ['y'.repeat(40)] })
  })

  it('dates and other things with toJSON are stored as what that gives, and are no change when read', async () => {
    const { backend, store } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => Object.assign(data, { at: new Date(0), none: undefined }))
    store.calls.length = 0
    expect((await browser.look(backend[1])).data).toEqual({ at: '1970-01-01T00:00:00.000Z' })
    await browser.visit(backend[1], (session) => session.data.theme)
    expect(store.calls).toEqual(['load', 'load'])
  })

  it('an update whose function is async, or none, is refused and stores nothing', async () => {
    const { backend, store } = fleet()
    const { session } = await new Browser().arrive(backend[0])
    const asynchronous: unknown = async () => {}
    await expect(session.update(asynchronous as () => void)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    expect(() => session.update('x' as never)).toThrow('takes a function')
    expect(store.calls).toEqual([])
  })
})

describe('the session object', () => {
  it('takes no properties of its own, and says where they belong', async () => {
    const { session } = await new Browser().arrive(fleet().backend[0])
    expect(() => Object.assign(session, { cart: ['tea'] })).toThrow('data belongs under session.data')
    expect(Object.keys(session)).toEqual([])
  })

  it('refuses to have its own properties and methods set, also outside strict mode', async () => {
    const { session } = await new Browser().arrive(fleet().backend[0])
    for (const name of ['userId', 'handle', 'isNew', 'createdAt', 'signIn', 'save', 'user', 'cart']) {
      expect(() => Reflect.set(session, name, 7)).toThrow('session.signIn(userId) signs in')
    }
    for (const value of [null, ['a'], 'x']) {
      expect(() => Object.assign(session, { data: value })).toThrow('can only be set to a plain object')
    }
  })

  it('refuses a callback for save, which would never be called', async () => {
    const { session } = await new Browser().arrive(fleet().backend[0])
    expect(() => session.save.apply(session, [() => {}] as never)).toThrow('takes no callback')
  })

  it('takes a whole new object as data', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], ({ data }) => Object.assign(data, { count: 1, theme: 'dark' }))
    await browser.visit(backend[0], (session) => {
      const { data } = session
      session.data = { count: 2 }
      expect(session.data).toBe(data)
    })
    expect((await browser.look(backend[1])).data).toEqual({ count: 2 })
  })

  it('shows no token when it is printed, and no event or error does', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    const secret = browser.cookie?.split('.')[1] ?? ''
    const { session, opened } = await browser.arrive(backend[0])
    expect(secret).toHaveLength(32)
    for (const shown of [
      inspect(session, { depth: 9, showHidden: true }),
      JSON.stringify(session),
      inspect(opened, { depth: 9 }),
    ]) {
      expect(shown).not.toContain(secret)
    }
    expect(JSON.parse(JSON.stringify(session))).toMatchObject({ userId: 'ada', isNew: false, handle: session.handle })
  })
})

describe('plain HTTP', () => {
  const local = { secure: false, host: 'localhost:3000', direct: true }

  it('CK-1: having to set the cookie is an error that says what to do, before the store is asked', async () => {
    const { backend, store } = fleet()
    for (const request of [{ secure: false, host: 'example.org' }, { ...local, direct: false }, { secure: false }]) {
      const write = await backend[0].open(undefined, request)
      write.session.data.count = 1
      await expect(write.commit()).rejects.toMatchObject({
        code: 'INSECURE_REQUEST',
        message: expect.stringContaining('trust') as string,
      })
      const update = await backend[0].open(undefined, request)
      await expect(update.session.update((data) => void (data.count = 1))).rejects.toMatchObject({
        code: 'INSECURE_REQUEST',
      })
    }
    expect(store.calls).toEqual([])
  })

  it('end() removes the record even where the cookie cannot be set', async () => {
    const { backend } = fleet()
    const browser = new Browser()
    await browser.visit(backend[0], (session) => session.signIn('ada'))
    const { session, commit } = await backend[0].open(browser.cookie, { secure: false, host: 'example.org' })
    expect(session.userId).toBe('ada')
    session.end()
    session.data.count = 1
    await expect(commit()).rejects.toMatchObject({ code: 'INSECURE_REQUEST' })
    expect((await browser.look(backend[1])).isNew).toBe(true)
  })

  it('while developing on a loopback host it is "session" without Secure, which HTTPS never reads', async () => {
    const { backend } = fleet()
    const opened = await backend[0].open(undefined, local)
    opened.session.data.count = 1
    const [setCookie = ''] = (await opened.commit()).setCookies
    expect(setCookie).toMatch(/^session=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/)
    const cookie = setCookie.split(';', 1)[0]
    expect((await backend[1].open(cookie, local)).session.data).toEqual({ count: 1 })
    expect((await backend[1].open(cookie, { secure: true })).session.data).toEqual({})
    expect(
      (await backend[1].open(cookie?.replace('session', '__Host-session'), { secure: true })).session.data,
    ).toEqual({ count: 1 })
  })
})

describe('options', () => {
  const bad: [string, unknown][] = [
    ['store', {}],
    ['store', null],
    ['idleTimeout', '30 minutes'],
    ['idleTimeout', 0],
    ['idleTimeout', '20h'],
    ['absoluteTimeout', -1],
    ['absoluteTimeout', '401d'],
    ['deadline', NaN],
    ['deadline', '30d'],
    ['maxDataBytes', 'much'],
    ['rotationGrace', '-1s'],
    ['secret', 'keyboard cat'],
    ['remember.idleTimeout', { remember: { idleTimeout: 'x' } }],
    ['cookie.sameSite', { cookie: { sameSite: 'foo' } }],
    ['cookie.sameSite', { cookie: { sameSite: 'none', secure: false } }],
    ['cookie.name', { cookie: { name: '__Host-sid', domain: 'example.org' } }],
    ['cookie.name', { cookie: { name: 'a b' } }],
    ['cookie.domain', { cookie: { domain: 'example.org; Secure' } }],
    ['cookie.path', { cookie: { path: '/; Domain=evil' } }],
    ['cookie.partitioned', { cookie: { partitioned: true, secure: false } }],
    ['cookie.secure', { cookie: { secure: 'auto' } }],
    ['cookie.partitioned', { cookie: { partitioned: 1 } }],
    ['cookie.httpOnly', { cookie: { httpOnly: false } }],
    ['remember.idle', { remember: { idle: '1d' } }],
  ]
  for (const [option, value] of bad) {
    it(`a wrong ${option} throws at start and names it: ${JSON.stringify(value)}`, () => {
      const options = option.includes('.') ? (value as SessionsOptions) : { [option]: value }
      expect(() => createSessions(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }))
    })
  }
})

describe('data that cannot be stored', () => {
  const doubling = (): unknown => {
    let value: object = { v: 1 }
    for (let level = 0; level < 60; level++) value = { a: value, b: value }
    return value
  }

  it.each([
    ['shares objects that double', doubling(), 'DATA_TOO_LARGE'],
    ['holds an invalid date', new Date(Number.NaN), 'DATA_NOT_ENCODABLE'],
  ])('that %s fails at once, by commit, update and save, and nothing is stored', async (_what, value, code) => {
    const { backend } = fleet()
    const browser = new Browser()
    const put = (data: object): void => void Object.assign(data, { value })
    await browser.visit(backend[0], ({ data }) => void (data.count = 1))
    const started = performance.now()
    await expect(browser.visit(backend[0], ({ data }) => put(data))).rejects.toMatchObject({ code })
    await expect(browser.visit(backend[0], (session) => session.update(put))).rejects.toMatchObject({ code })
    const saving = browser.visit(backend[0], (session) => {
      put(session.data)
      return session.save()
    })
    await expect(saving).rejects.toMatchObject({ code })
    expect(performance.now() - started).toBeLessThan(1000)
    expect((await browser.look(backend[1])).data).toEqual({ count: 1 })
  })
})
