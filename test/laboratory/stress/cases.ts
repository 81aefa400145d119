import { setTimeout as sleep } from 'node:timers/promises'
import { gate } from 'sessera/testing'
import { startRedis, type RedisServer } from '../../support/servers/redis.js'
import { connectTo, type Side } from './sides.js'
import { called, openSite, type Answer, type Request, type Site } from './site.js'

/** One thing that goes wrong under stress, and what came of it in words. */
export interface Case {
  readonly title: string
  run(side: Side, size: Size): Promise<string>
}

/** How often things are done. */
export interface Size {
  readonly times: number
  /** How long an answer is waited for. */
  readonly patienceMs: number
}

/** As it is published, and small enough for the tests. */
export const full: Size = { times: 20, patienceMs: 8_000 }
export const small: Size = { times: 5, patienceMs: 3_000 }

export const cases: readonly Case[] = [
  {
    title: 'parallel requests that each add a key of their own',
    run: (side, { times }) =>
      onRedis(side, {}, async ({ store, redis }) => {
        const all = gate()
        let waiting = 0
        const site = await openSite(side, store, async ({ url, session }, response) => {
          if (url !== '/start') {
            if (++waiting === times) all.open()
            await all.pass() // until each of them has read
          }
          session[url!.slice(1)] = 1
          response.end()
        })
        const { cookie } = await site.ask('/start')
        await Promise.all(Array.from({ length: times }, (_, index) => site.ask(`/key${index}`, cookie)))
        const kept = Object.keys(await onlyRecord(redis)).filter((key) => key.startsWith('key')).length
        site.close()
        return `${kept} of ${times} survive`
      }),
  },
  {
    title: 'sign-outs while a slower request changes the session',
    run: (side, { times }) =>
      onRedis(side, {}, async ({ store, redis }) => {
        let alive = 0
        let slow = gate()
        const site = await openSite(side, store, async ({ url, session }, response) => {
          if (url === '/slow') await slow.pass()
          if (url === '/logout') await called((done) => session.destroy(done))
          else session[url!.slice(1)] = 1
          response.end()
        })
        for (let turn = 0; turn < times; turn++) {
          slow = gate()
          const { cookie } = await site.ask('/login')
          const late = site.ask('/slow', cookie)
          await slow.reached
          await site.ask('/logout', cookie)
          slow.open()
          await late
          if (await redis.command('EXISTS', `sess:${idIn(cookie)}`)) alive++
        }
        site.close()
        return `${alive} of ${times} alive again`
      }),
  },
  {
    title: 'redirects, followed at once, while storing takes 200 ms',
    run: (side, { times }) =>
      onRedis(side, {}, async ({ store }) => {
        const set = store.set.bind(store)
        store.set = (...call: Parameters<typeof set>) => void sleep(200).then(() => set(...call))
        const site = await openSite(side, store, ({ url, session }, response) => {
          if (url === '/home') return response.end(session.user)
          session.user = 'ada'
          return response.writeHead(302, { location: '/home' }).end('moved')
        })
        let missing = 0
        let slowest = 0
        for (let turn = 0; turn < times / 2; turn++) {
          const { cookie, headAfterMs } = await site.ask('/login')
          slowest = Math.max(slowest, headAfterMs)
          if ((await site.ask('/home', cookie)).body !== 'ada') missing++
        }
        site.close()
        return `head within ${Math.round(slowest)} ms, session missing ${missing} of ${Math.ceil(times / 2)}`
      }),
  },
  {
    title: 'save() after the stored expiry, in a session that was touched meanwhile',
    run: (side) =>
      onRedis(side, {}, async ({ store, redis }) => {
        const handler = async ({ url, session }: Request, response: { end(text?: string): void }): Promise<void> => {
          session.visits = (session.visits ?? 0) + 1
          if (url === '/touch') delete session.visits
          if (url === '/save') await called((done) => session.save(done))
          response.end()
        }
        const site = await openSite(side, store, handler, { maxAge: 2_000 })
        const { cookie } = await site.ask('/login')
        await sleep(1_500)
        await redis.command('EXPIRE', `sess:${idIn(cookie)}`, '2') // what touching does
        await sleep(1_000)
        const { status } = await site.ask('/save', cookie)
        const isThere = await redis.command('EXISTS', `sess:${idIn(cookie)}`)
        site.close()
        return `${status}, the session is ${isThere ? 'there' : 'gone'}`
      }),
  },
  {
    title: '100 requests that only read',
    run: (side) =>
      onRedis(side, {}, async ({ store, redis }) => {
        const site = await openSite(side, store, ({ url, session }, response) => {
          if (url === '/login') session.user = 'ada'
          response.end(session.user)
        })
        const { cookie } = await site.ask('/login')
        await site.ask('/', cookie) // by the first read it is found out how others can be done
        await redis.command('CONFIG', 'RESETSTAT')
        for (let turn = 0; turn < 100; turn++) await site.ask('/', cookie)
        const calls = await countCalls(redis)
        site.close()
        return calls
      }),
  },
  {
    title: 'Redis stalled: a page for somebody who is signed in',
    run: (side, { patienceMs }) =>
      whileBroken(
        side,
        {},
        (redis) => redis.pause(),
        async (site, cookie) => describe(await site.ask('/', cookie, patienceMs), patienceMs),
      ),
  },
  ...[{}, { disableOfflineQueue: true }].map((options): Case => ({
    title: `Redis killed, ${'disableOfflineQueue' in options ? 'disableOfflineQueue' : 'default options'}: a page, and a sign-in`,
    run: (side, { patienceMs }) =>
      whileBroken(
        side,
        options,
        (redis) => redis.kill(),
        async (site, cookie) => {
          const page = await site.ask('/', cookie, patienceMs)
          const login = await site.ask('/login', undefined, patienceMs)
          const lie = login.status === 200 ? ', though nothing is stored' : ''
          return `page: ${describe(page, patienceMs)}; sign-in: ${describe(login, patienceMs)}${lie}`
        },
      ),
  })),
]

interface Ground {
  readonly store: ReturnType<Side['storeOn']>
  readonly redis: RedisServer
}

async function onRedis(
  side: Side,
  options: Parameters<typeof connectTo>[1],
  work: (ground: Ground) => Promise<string>,
): Promise<string> {
  const redis = await startRedis()
  const client = await connectTo(redis.url, options)
  try {
    return await work({ store: side.storeOn(client), redis })
  } finally {
    client.destroy()
    await redis.stop()
  }
}

function whileBroken(
  side: Side,
  options: Parameters<typeof connectTo>[1],
  breakIt: (redis: RedisServer) => unknown,
  look: (site: Site, cookie: string | undefined) => Promise<string>,
): Promise<string> {
  return onRedis(side, options, async ({ store, redis }) => {
    const site = await openSite(side, store, ({ url, session }, response) => {
      if (url === '/login') session.user = 'ada'
      response.end(session.user)
    })
    const { cookie } = await site.ask('/login')
    try {
      await breakIt(redis)
      await sleep(50) // until the client has seen it
      return await look(site, cookie)
    } finally {
      redis.resume()
      site.close()
    }
  })
}

function describe({ status, headAfterMs }: Answer, patienceMs: number): string {
  if (status === undefined) return `no answer in ${patienceMs / 1000} s`
  const time = headAfterMs < 50 ? 'at once' : `after ${(headAfterMs / 1000).toFixed(1)} s`
  return `${status} ${time}`
}

/** What was sent. What a script has called is counted by the server too, and taken off. */
async function countCalls(redis: RedisServer): Promise<string> {
  const statistics = String(await redis.command('INFO', 'commandstats'))
  const count = (name: string): number => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(statistics)?.[1] ?? 0)
  const scripts = count('evalsha')
  const sent = {
    EVALSHA: scripts,
    GET: count('get') - scripts,
    ECHO: count('echo'),
    EXPIRE: count('expire'),
    SET: count('set'),
  }
  const parts = Object.entries(sent).filter(([, times]) => times > 0)
  return parts.map(([name, times]) => `${times} ${name}`).join(' + ')
}

async function onlyRecord(redis: RedisServer): Promise<object> {
  const [key] = (await redis.command('KEYS', 'sess:*')) as string[]
  return JSON.parse(String(await redis.command('GET', key!))) as object
}

function idIn(cookie: string | undefined): string {
  return /s:([^.]+)/.exec(decodeURIComponent(cookie ?? ''))?.[1] ?? ''
}
