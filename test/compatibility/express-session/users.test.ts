import { createHash } from 'node:crypto'
import { createClient } from 'redis'
import { RedisStore, type RedisStoreOptions } from 'sessera/connect-redis'
import { session } from 'sessera/express-session'
import { gate } from 'sessera/testing'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { recordEvents } from '../../support/record-events.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'
import { openShop, signedIn, whoIs, type Shop } from './user-shop.js'

const server = await redisInTests()
beforeEach(async () => void (await server.command('FLUSHALL')))

async function redisStore(options: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
  const client = await createClient({ url: server.url }).connect()
  onTestFinished(() => client.destroy())
  return new RedisStore({ client, deadline: '10s', ...options })
}

type Options = session.SessionOptions
type Ways = Parameters<typeof openShop>[1]

const kinds: Record<string, (options?: Options, ways?: Ways) => Promise<[Shop, Shop]>> = {
  async 'one process in its memory'(options, ways) {
    const shop = await openShop({ store: new session.MemoryStore(), ...options }, ways)
    return [shop, shop]
  },
  async 'two backends on Redis'(options, ways) {
    const open = async (): Promise<Shop> => openShop({ store: await redisStore(), ...options }, ways)
    return Promise.all([open(), open()])
  },
}

/** The handle of the session in a `connect.sid` cookie. */
function handleIn(cookies: string): string {
  const id = /connect\.sid=s%3A([^.]+)/.exec(cookies)?.[1] ?? ''
  return createHash('sha256').update(id).digest().subarray(0, 16).toString('base64url')
}

describe.each(Object.entries(kinds))('whose sessions, in %s', (name, openFleet) => {
  it('lists and counts the sessions of a user, the last first, by handles', async () => {
    const [one, other] = await openFleet({ cookie: { maxAge: 3_600_000 } })
    const before = Date.now() - 1000
    const phone = await signedIn(one, 'ada')
    const laptop = await signedIn(other, 'ada')
    await signedIn(one, 'bob')
    const list = await other.sessions.user('ada').list()
    expect(list.map(({ handle }) => handle).sort()).toEqual(
      [phone, laptop].map((its) => handleIn(its.cookies())).sort(),
    )
    for (const { userId, signedInAt, lastSeenAt, expiresAt, current } of list) {
      expect({ userId, current }).toEqual({ userId: 'ada', current: false })
      expect(signedInAt).toBeGreaterThan(before)
      expect(lastSeenAt).toBeGreaterThan(before)
      expect(expiresAt).toBeGreaterThan(before + 3_590_000)
    }
    expect(JSON.stringify(list)).not.toContain(decodeURIComponent(phone.cookies()).slice(14, 30))
    expect(await one.sessions.user('ada').count()).toBe(2)
    expect(await one.sessions.user('nobody').list()).toEqual([])
  })

  it('takes numbers for users, and any text', async () => {
    const [one, other] = await openFleet({ userId: ({ user }) => (user === '7' ? 7 : user) })
    await signedIn(one, '7')
    expect(await other.sessions.user(7).count()).toBe(1)
    const odd = '{}*\r\n?[é]'
    await signedIn(one, encodeURIComponent(odd))
    expect(await other.sessions.user(odd).count()).toBe(1)
    expect(() => one.sessions.user('')).toThrow(/user id/)
  })

  it('ends one session by its handle, and nobody else’s', async () => {
    const ended = recordEvents('ended')
    const [one, other] = await openFleet()
    const [phone, laptop, bobs] = [await signedIn(one, 'ada'), await signedIn(other, 'ada'), await signedIn(one, 'bob')]
    ended.length = 0
    const handle = handleIn(phone.cookies())
    expect(await other.sessions.user('ada').end(handleIn(bobs.cookies()))).toBe(false)
    expect(await other.sessions.user('ada').end(handle)).toBe(true)
    expect(await other.sessions.user('ada').end(handle)).toBe(false)
    expect(ended).toEqual([{ handle, reason: 'user', userId: 'ada' }])
    expect(await Promise.all([phone, laptop, bobs].map(whoIs))).toEqual(['', 'ada', 'bob'])
    expect(await one.sessions.user('ada').count()).toBe(1)
  })

  it('ends all, and lets the user sign in again at once', async () => {
    const [one, other] = await openFleet()
    const [phone, laptop, bobs] = [await signedIn(one, 'ada'), await signedIn(other, 'ada'), await signedIn(one, 'bob')]
    expect(await other.sessions.user('ada').end()).toBe(2)
    expect(await Promise.all([phone, laptop, bobs].map(whoIs))).toEqual(['', '', 'bob'])
    expect(await other.sessions.user('ada').end()).toBe(0)
    await phone.visit('/sign-in/ada')
    expect(await whoIs(phone)).toBe('ada')
    expect(await one.sessions.user('ada').count()).toBe(1)
  })

  it('spares the session of the request, which may also sign in', async () => {
    const [one, other] = await openFleet(
      {},
      {
        routes: {
          others: ({ session }, { sessions }, user) => sessions.user(user).end({ except: session }),
          list: ({ session }, { sessions }, user) => sessions.user(user).list({ current: session }),
          async reset(request, { sessions }, user) {
            await sessions.user(user).end({ except: request.session })
            await request.session.regenerate()
            request.session.user = user
          },
        },
      },
    )
    const [phone, laptop] = [await signedIn(one, 'ada'), await signedIn(other, 'ada')]
    const list = JSON.parse((await phone.visit('/list/ada')).body) as session.UserSessionInfo[]
    expect(list.find(({ current }) => current)?.handle).toBe(handleIn(phone.cookies()))
    expect((await phone.visit('/others/ada')).body).toBe('1')
    expect(await Promise.all([phone, laptop].map(whoIs))).toEqual(['ada', ''])
    const reset = one.browser()
    expect((await reset.visit('/reset/ada')).status).toBe(200)
    expect(await Promise.all([phone, reset].map(whoIs))).toEqual(['', 'ada'])
  })

  it('forgets what was signed out or destroyed, and shows nothing of who left by deleting the user', async () => {
    const [one, other] = await openFleet()
    const [phone, laptop] = [await signedIn(one, 'ada'), await signedIn(one, 'ada')]
    await phone.visit('/sign-out')
    await laptop.visit('/leave')
    expect(await other.sessions.user('ada').list()).toEqual([])
  })

  it('finds and ends any session for administration', async () => {
    const ended = recordEvents('ended')
    const [one, other] = await openFleet()
    const [ada, guest] = [await signedIn(one, 'ada'), one.browser()]
    await guest.visit('/note/tea')
    const [handle, guests] = [handleIn(ada.cookies()), handleIn(guest.cookies())]
    expect(await other.sessions.find(handle)).toMatchObject({ handle, userId: 'ada' })
    expect(await other.sessions.find(guests)).toMatchObject({ handle: guests, userId: undefined })
    expect(await other.sessions.find('nothing')).toBeUndefined()
    expect(await other.sessions.end(handle)).toBe(true)
    expect(await other.sessions.end(handle)).toBe(false)
    expect(ended.at(-1)).toEqual({ handle, reason: 'administration', userId: 'ada' })
    expect(await whoIs(ada)).toBe('')
  })

  it.each([1, 3])('ends the oldest beyond %i', async (maxSessionsPerUser) => {
    const ended = recordEvents('ended')
    const [one, other] = await openFleet({ maxSessionsPerUser })
    const browsers = []
    for (let turn = 0; turn < 5; turn++) browsers.push(await signedIn(turn % 2 ? one : other, 'ada'))
    const alive = await Promise.all(browsers.map(whoIs))
    expect(alive).toEqual(browsers.map((_, turn) => (turn < 5 - maxSessionsPerUser ? '' : 'ada')))
    expect(ended.filter(({ reason }) => reason === 'limit')).toHaveLength(5 - maxSessionsPerUser)
    expect(await one.sessions.user('ada').count()).toBe(maxSessionsPerUser)
  })

  it('keeps the limit when sign-ins come at the same moment', async () => {
    const [one, other] = await openFleet({ maxSessionsPerUser: () => 2 })
    const browsers = await Promise.all(Array.from({ length: 8 }, (_, turn) => signedIn(turn % 2 ? one : other, 'ada')))
    expect((await Promise.all(browsers.map(whoIs))).filter(Boolean)).toHaveLength(2)
    expect(await one.sessions.user('ada').count()).toBe(2)
  })

  it('lets exactly as many sign in as may, also at the same moment', async () => {
    const [one, other] = await openFleet({ maxSessionsPerUser: 3, onOverflow: 'refuse' })
    const browsers = Array.from({ length: 8 }, (_, turn) => (turn % 2 ? one : other).browser())
    const answers = await Promise.all(browsers.map((browser) => browser.visit('/sign-in/ada')))
    expect(answers.map(({ status }) => status).sort((left, right) => left - right)).toEqual([
      200, 200, 200, 409, 409, 409, 409, 409,
    ])
    expect((await Promise.all(browsers.map(whoIs))).filter(Boolean)).toHaveLength(3)
  })

  it('refuses a session too many, and counts none that has ended', async () => {
    const [one, other] = await openFleet({ maxSessionsPerUser: 2, onOverflow: 'refuse' })
    const [phone] = [await signedIn(one, 'ada'), await signedIn(other, 'ada')]
    const third = one.browser()
    expect(await third.visit('/sign-in/ada')).toMatchObject({ status: 409, body: 'SESSION_LIMIT', setCookies: [] })
    expect(await whoIs(third)).toBe('')
    await phone.visit('/sign-out')
    expect((await third.visit('/sign-in/ada')).status).toBe(200)
    expect(await one.sessions.user('ada').count()).toBe(2)
  })

  it.each(['sign-in', 'sign-in-here', 'sign-in-and-save'])(
    'refuses a sign-in that was opened before all was ended: %s',
    async (way) => {
      const slow = gate()
      const [one, other] = await openFleet(
        {},
        {
          routes: {
            async slow(request, _shop, how) {
              await slow.pass()
              if (how !== 'sign-in-here') await request.session.regenerate()
              request.session.user = 'ada'
              if (how === 'sign-in-and-save') await request.session.save()
            },
          },
        },
      )
      const thief = one.browser()
      await thief.visit('/note/tea')
      const late = thief.visit(`/slow/${way}`)
      await slow.reached
      expect(await other.sessions.user('ada').end()).toBe(0)
      slow.open()
      expect(await late).toMatchObject({ status: 409, body: 'SIGN_IN_REVOKED' })
      expect(await whoIs(thief)).toBe('')
      expect(await other.sessions.user('ada').count()).toBe(0)
    },
  )

  it('shows who a session is now when its user changes', async () => {
    const [one, other] = await openFleet()
    const browser = await signedIn(one, 'ada')
    await browser.visit('/sign-in-here/bob')
    expect(await other.sessions.user('ada').count()).toBe(0)
    expect(await other.sessions.user('bob').count()).toBe(1)
    expect(await other.sessions.user('ada').end()).toBe(0)
    expect(await whoIs(browser)).toBe('bob')
  })

  it('ends what the index has lost, if it is to look through all sessions', async () => {
    const store = new session.MemoryStore()
    const [one, other] = name.startsWith('two') ? await openFleet() : await openFleet({ store })
    const browsers = [await signedIn(one, 'ada'), await signedIn(other, 'ada'), await signedIn(one, 'bob')]
    const guest = one.browser()
    await guest.visit('/note/tea')
    for (const key of (await server.command('KEYS', 'sess:@*')) as string[]) await server.command('DEL', key)
    const { sessions } = store
    store.clear()
    store.sessions = sessions
    expect(await one.sessions.user('ada').end()).toBe(0)
    expect(await one.sessions.user('ada').end({ scan: true })).toBe(2)
    expect(await Promise.all(browsers.map(whoIs))).toEqual(['', '', 'bob'])
    expect((await guest.visit('/read')).body).toBe('tea')
  })

  it('says nothing of an anonymous session, and nothing of the option’s mistakes in stored ones', async () => {
    const [one, other] = await openFleet({ userId: ({ user }) => user.toString() })
    expect((await one.browser().visit('/note/tea')).status).toBe(500)
    await signedIn(one, 'ada')
    expect(await other.sessions.user('ada').count()).toBe(1)
  })
})

it.each([1, 2])('a sign-in in memory that is held at its write number %i is ended with all others', async (place) => {
  const held = gate()
  let writes = 0
  class HeldStore extends session.MemoryStore {
    override set(...call: Parameters<session.MemoryStore['set']>): void {
      writes += 1
      if (writes === place) void held.pass().then(() => super.set(...call))
      else super.set(...call)
    }
  }
  const shop = await openShop({ store: new HeldStore() })
  const browser = shop.browser()
  const late = browser.visit('/sign-in/ada')
  await held.reached
  const ending = shop.sessions.user('ada').end()
  held.open()
  // The second write is that of the user: it is under way, so it is done and then undone.
  expect(await ending).toBe(place - 1)
  expect((await late).status).toBe(place === 1 ? 409 : 200)
  expect(await whoIs(browser)).toBe('')
  expect(await shop.sessions.user('ada').count()).toBe(0)
})

it('no sign-in that was opened before the end is alive after it, however they meet', { timeout: 60_000 }, async () => {
  const openedAt = new Map<string, number>()
  let requests = 0
  const ways: Ways = {
    onRequest(request) {
      openedAt.set(request.headers['x-number'] as string, ++requests)
    },
  }
  const shops = await Promise.all([0, 1, 2].map(async () => openShop({ store: await redisStore() }, ways)))
  let [refused, outlived] = [0, 0]
  for (let round = 0; round < 60; round++) {
    const user = `user-${round}`
    const pause = async (): Promise<void> => {
      for (let left = Math.random() * 40; left > 0; left--) await new Promise((resolve) => void setImmediate(resolve))
    }
    const visits = Array.from({ length: 6 }, async (_, turn) => {
      await pause()
      const browser = shops[turn % 2]!.browser()
      const number = `${round}-${turn}`
      const path = turn < 4 ? 'sign-in' : 'sign-in-here'
      const { status } = await browser.visit(`/${path}/${user}`, { headers: { 'x-number': number } })
      if (status === 409) refused += 1
      return { browser, number }
    })
    await pause()
    const endedAt = ++requests
    await shops[2]!.sessions.user(user).end()
    const done = await Promise.all(visits)
    const alive = []
    for (const { browser, number } of done) {
      const early = openedAt.get(number)! < endedAt
      if ((await browser.visit('/who', { headers: { 'x-number': '' } })).body !== user) continue
      alive.push(handleIn(browser.cookies()))
      if (early) outlived += 1
    }
    const listed = await shops[2]!.sessions.user(user).list()
    expect(listed.map(({ handle }) => handle).sort()).toEqual(alive.sort())
    expect(await shops[2]!.sessions.user(user).end()).toBe(alive.length)
  }
  expect(outlived).toBe(0)
  expect(refused).toBeGreaterThan(0)
})
