import { createSessions, type CookieOptions, type Sessions } from 'sessera'
import { describe, expect, it } from 'vitest'
import { Browser, type Data } from '../../support/browser.js'
import { recordEvents } from '../../support/record-events.js'
import { fleet, type Fleet } from '../../support/fleet.js'

interface Release {
  readonly all: Fleet
  /** Before and after the release that changed how the cookie is set. */
  readonly before: Sessions<Data>
  readonly after: Sessions<Data>
}

function release(before: CookieOptions, after: CookieOptions): Release {
  const all = fleet()
  const make = (cookie: CookieOptions): Sessions<Data> => createSessions<Data>({ store: all.store, cookie })
  return { all, before: make(before), after: make(after) }
}

/** A browser that keeps a cookie for each domain, path and partition, as they do. */
class Jar {
  readonly #cookies = new Map<string, string>()

  get header(): string {
    return [...this.#cookies.values()].join('; ')
  }

  get size(): number {
    return this.#cookies.size
  }

  async visit(
    sessions: Sessions<Data>,
    act: (session: Awaited<ReturnType<Sessions<Data>['open']>>['session']) => unknown = () => {},
  ): Promise<string | undefined> {
    const { session, commit } = await sessions.open(this.header)
    const { userId } = session
    await act(session)
    for (const setCookie of (await commit()).setCookies) this.#take(setCookie)
    return userId
  }

  #take(setCookie: string): void {
    const [pair = '', ...attributes] = setCookie.split('; ')
    const place = attributes.filter((attribute) => /^(?:Domain|Path|Partitioned)/.test(attribute))
    const identity = [pair.split('=')[0], ...place].join(';')
    if (attributes.includes('Max-Age=0')) this.#cookies.delete(identity)
    else this.#cookies.set(identity, pair)
  }
}

const releases: [string, CookieOptions, CookieOptions][] = [
  ['partitioned', {}, { partitioned: true }],
  ['no longer partitioned', { partitioned: true }, {}],
  ['given a domain', { name: 'shop' }, { name: 'shop', domain: 'example.org' }],
  ['no longer given a domain', { name: 'shop', domain: 'example.org' }, { name: 'shop' }],
  ['given a path', { name: 'shop' }, { name: 'shop', path: '/app' }],
]

describe.each(releases)('after a release in which the cookie is %s', (_, before, after) => {
  it('visitors stay signed in, and can sign in anew', async () => {
    const { before: old, after: sessions, all } = release(before, after)
    const jar = new Jar()
    await jar.visit(old, (session) => session.signIn('ada'))
    expect(await jar.visit(sessions)).toBe('ada')
    all.clock.advance(1)
    await jar.visit(sessions, (session) => session.signIn('ada'))
    expect(await jar.visit(sessions)).toBe('ada')
    await jar.visit(sessions, (session) => session.rotate())
    expect(await jar.visit(sessions)).toBe('ada')
  })

  it('who has two sessions by then can sign in, and has one', async () => {
    const { before: old, after: sessions, all } = release(before, after)
    const jar = new Jar()
    await jar.visit(old, (session) => session.signIn('ada'))
    const [first] = [jar.header]
    const second = new Jar()
    all.clock.advance(1)
    await second.visit(sessions, (session) => session.signIn('ada'))
    // As by a page of another path, or in a frame, whose request did not bring the older cookie.
    const both = new Browser(`${first}; ${second.header}`)
    const isOfThisHost = first.startsWith('__Host-')
    expect((await both.look(sessions)).userId).toBe(isOfThisHost ? 'ada' : undefined)
    await both.visit(sessions, (session) => session.signIn('ada'))
    const signedIn = both.cookie
    expect((await new Browser(`${first}; ${signedIn}`).look(sessions)).userId).toBe('ada')
    expect((await new Browser(first).look(sessions)).userId).toBeUndefined()
  })

  it('end ends every session whose token the request brought', async () => {
    const { before: old, after: sessions } = release(before, after)
    const [one, other] = [new Jar(), new Jar()]
    await one.visit(old, (session) => session.signIn('ada'))
    await other.visit(sessions, (session) => session.signIn('ada'))
    const both = new Browser(`${one.header}; ${other.header}`)
    expect((await both.visit(sessions, (session) => session.end())).setCookies).toHaveLength(1)
    expect(await one.visit(sessions)).toBeUndefined()
    expect(await other.visit(sessions)).toBeUndefined()
  })

  it('the former cookie is cleared where it is named', async () => {
    const former = { domain: before.domain, path: before.path, partitioned: before.partitioned }
    const given = Object.fromEntries(Object.entries(former).filter(([, value]) => value !== undefined))
    const { before: old, after: sessions } = release(before, { ...after, former: [given] })
    const jar = new Jar()
    await jar.visit(old, (session) => session.signIn('ada'))
    await jar.visit(sessions, (session) => session.signIn('ada'))
    expect(jar.size).toBe(1)
    expect(await jar.visit(sessions)).toBe('ada')
    await jar.visit(sessions, (session) => session.end())
    expect(jar.size).toBe(0)
  })
})

describe('several living sessions under one name', () => {
  it('are an event, that names them', async () => {
    const { backend, clock } = fleet({ cookie: { name: 'shop' } })
    const duplicates = recordEvents('duplicate-cookie')
    const [ada, eve] = [new Browser(), new Browser()]
    await ada.visit(backend[0], (session) => session.signIn('ada'))
    clock.advance(1)
    await eve.visit(backend[0], (session) => session.signIn('eve'))
    const handles = [eve, ada].map(async (browser) => (await browser.arrive(backend[1])).session.handle)
    await new Browser(`${ada.cookie}; ${eve.cookie}`).look(backend[1])
    expect(duplicates).toEqual([{ name: 'shop', handles: await Promise.all(handles) }])
  })

  it('of a __Host- cookie: the one that began last counts, wherever it stands', async () => {
    const { backend, clock } = fleet()
    const [ada, eve] = [new Browser(), new Browser()]
    await ada.visit(backend[0], (session) => session.signIn('ada'))
    clock.advance(1)
    await eve.visit(backend[0], (session) => session.signIn('eve'))
    for (const header of [`${ada.cookie}; ${eve.cookie}`, `${eve.cookie}; ${ada.cookie}`])
      expect((await new Browser(header).look(backend[1])).userId).toBe('eve')
  })
})

describe('applications that share a store', () => {
  it('do not accept each other’s sessions where their cookies have different names', async () => {
    const { store } = fleet()
    const [shop, admin] = ['__Host-shop', '__Host-admin'].map((name) =>
      createSessions<Data>({ store, cookie: { name } }),
    )
    if (shop === undefined || admin === undefined) throw new Error('unreachable')
    const browser = new Browser()
    await browser.visit(shop, (session) => session.signIn('ada'))
    const carried = browser.cookie?.replace('__Host-shop', '__Host-admin')
    expect((await new Browser(carried).look(admin)).userId).toBeUndefined()
    expect((await browser.look(shop)).userId).toBe('ada')
  })

  it('have cookies of different names on one machine while developing, too', async () => {
    const request = { secure: false, host: 'localhost:3000', direct: true }
    const names = []
    for (const name of ['__Host-shop', '__Secure-admin', 'blog']) {
      const { session, commit } = await createSessions({ store: fleet().store, cookie: { name } }).open(
        undefined,
        request,
      )
      session.signIn('ada')
      names.push((await commit()).setCookies[0]?.split('=')[0])
    }
    expect(names).toEqual(['shop', 'admin', 'blog-dev'])
  })
})
