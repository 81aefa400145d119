import { createServer } from 'node:http'
import express from 'express'
import { createClient } from 'redis'
import { createSessions } from 'sessera'
import { describeDevice } from 'sessera/device'
import { expressSessions } from 'sessera/express'
import { redisStore } from 'sessera/redis'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { listen } from '../../support/listen.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'

const redis = await redisInTests()
const client = await createClient({ url: redis.url })
  .on('error', () => {})
  .connect()
const sessions = createSessions<{ cart: string[] }>({ store: redisStore({ client }), cookie: { secure: false } })

const app = express()
app.set('trust proxy', true)
app.use(expressSessions(sessions))
app.get('/', (request, response) => void response.json({ user: request.session.userId ?? null }))
app.post('/cart', async (request, response) => {
  await request.session.update((data) => void (data['cart'] = ['tea']))
  response.end()
})
app.post('/sign-in', (request, response) => {
  request.session.signIn(userId, { keep: ['cart'], remember: true })
  response.end()
})
app.post('/sign-in-with-device', (request, response) => {
  const device = describeDevice({ userAgent: request.get('user-agent'), address: request.ip })
  request.session.signIn(userId, { device, label: 'at work' })
  response.end()
})
app.post('/rotate', (request, response) => {
  request.session.rotate()
  response.end()
})
app.post('/sign-out', (request, response) => {
  request.session.end()
  response.end()
})
const server = await listen(createServer(app))

const userId = 'ada.lovelace@example.org'
const address = '198.51.100.77'
const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.7'
const headers = {
  'user-agent': agent,
  'x-forwarded-for': address,
  forwarded: `for=${address}`,
  'x-real-ip': address,
  'accept-language': 'en-GB-oxendict',
  referer: 'https://referrer.example/from',
}

afterAll(async () => {
  await server.close()
  await sessions.close()
  client.destroy()
})

beforeEach(() => redis.command('FLUSHALL'))

/** One visit after another; `look` is called after each. */
async function visit(browser: Browser, paths: readonly string[], look: () => unknown = () => {}): Promise<void> {
  for (const path of paths) {
    const method = path === '/' ? 'GET' : 'POST'
    expect((await browser.visit(path, { method, headers })).status).toBe(200)
    await look()
  }
}

interface Dumped {
  readonly key: string
  readonly kind: string
  readonly text: string
}

/** Everything in Redis, as text. */
async function dump(): Promise<readonly Dumped[]> {
  const keys = (await redis.command('KEYS', '*')) as string[]
  return Promise.all(
    keys.map(async (key) => {
      const kind = String(await redis.command('TYPE', key))
      const read = kind === 'string' ? ['GET', key] : ['ZRANGE', key, '0', '-1', 'WITHSCORES']
      return { key, kind, text: JSON.stringify(await redis.command(...read)) }
    }),
  )
}

/** The text itself and as it could be hidden in another one. */
function formsOf(text: string): readonly string[] {
  const bytes = Buffer.from(text)
  return [text, bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url'), encodeURIComponent(text)]
}

const identifying = [address, agent, 'Firefox', 'Gecko', 'Linux', '127.0.0.1', 'oxendict', 'referrer'].flatMap(formsOf)

describe('what is stored of a visitor', () => {
  it('does not identify a person or a device, and names the user in the record only', async () => {
    const seen = new Set<string>()
    const browser = openBrowser(server.origin)
    const paths = ['/', '/cart', '/', '/sign-in', '/', '/cart', '/rotate', '/', '/sign-in', '/sign-out', '/']
    await visit(browser, paths, async () => {
      for (const { key, kind, text } of await dump()) {
        seen.add(kind)
        for (const form of identifying) expect(key + text).not.toContain(form)
        const outsideRecords = kind === 'string' ? key : key + text
        for (const form of formsOf(userId)) expect(outsideRecords).not.toContain(form)
        if (kind === 'string' && text.includes(userId)) seen.add('user')
      }
    })
    // Else there was nothing to find.
    expect(seen).toEqual(new Set(['string', 'zset', 'user']))
  })

  it('has of the device what the application gave to signIn, only in the record, and as long as the session', async () => {
    const browser = openBrowser(server.origin)
    await visit(browser, ['/sign-in-with-device', '/cart', '/rotate'])
    const records = (await dump()).filter(({ text, key }) => /Firefox|198\.51|at work/.test(key + text))
    expect(records).toHaveLength(1)
    expect(records[0]?.kind).toBe('string')
    const found = await sessions.user(userId).list()
    expect(found).toMatchObject([
      { label: 'at work', device: { browser: 'Firefox 145', system: 'Linux', network: '198.51.100.0/24' } },
    ])
    for (const form of [address, agent, '145.7'].flatMap(formsOf)) expect(records[0]?.text).not.toContain(form)
    await visit(browser, ['/sign-out'])
    expect((await dump()).filter(({ kind }) => kind === 'string')).toEqual([])
  })

  it('is replaced by the next sign-in: neither label nor device is carried over', async () => {
    await visit(openBrowser(server.origin), ['/sign-in-with-device', '/sign-in'])
    expect(await sessions.user(userId).list()).toMatchObject([{ label: undefined, device: undefined }])
    expect(JSON.stringify(await dump())).not.toMatch(/Firefox|at work/)
  })
})

describe('the erasure of a user', () => {
  it('leaves the mark of the revocation and nothing else, for a day, however long the sessions could have lasted', async () => {
    for (const path of ['/sign-in', '/sign-in', '/sign-in-with-device'])
      await visit(openBrowser(server.origin), ['/cart', path, '/cart'])
    expect(await sessions.user(userId).erase()).toBe(3)
    const left = await dump()
    expect(left).toHaveLength(1)
    expect(left[0]?.text).toMatch(/^\[\["-",\d+\]\]$/)
    for (const form of [userId, ...identifying].flatMap(formsOf)) expect(JSON.stringify(left)).not.toContain(form)
    const lifetime = Number(await redis.command('PTTL', left[0]?.key ?? ''))
    expect(lifetime).toBeGreaterThan(86_000_000)
    expect(lifetime).toBeLessThanOrEqual(86_400_000)
  })

  it('does not touch another user, nor who signs in afterwards', async () => {
    const other = await sessions.open(undefined)
    other.session.signIn('grace')
    await other.commit()
    await visit(openBrowser(server.origin), ['/sign-in'])
    expect(await sessions.user(userId).erase()).toBe(1)
    await visit(openBrowser(server.origin), ['/sign-in'])
    expect(await sessions.user(userId).count()).toBe(1)
    expect(await sessions.user('grace').count()).toBe(1)
    expect(await sessions.user('nobody').erase()).toBe(0)
  })
})
