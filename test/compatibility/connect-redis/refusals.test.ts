import { RedisStore } from 'sessera/connect-redis'
import type { session as Session } from 'sessera/express-session'
import { afterEach, describe, expect, it } from 'vitest'
import { recordEvents } from '../../support/record-events.js'
import { nodeRedis } from './clients-in-test.js'
import { ours as session } from '../express-session/modules.js'
import { serve, type Request, type Site } from '../express-session/site.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'

const server = await redisInTests()
afterEach(async () => {
  await server.command('CONFIG', 'SET', 'maxmemory', '0', 'min-replicas-to-write', '0')
  await server.command('FLUSHALL')
})

/** A server that takes no more. */
const fill = (): Promise<unknown> => server.command('CONFIG', 'SET', 'maxmemory', '1')

const cookie = { maxAge: 600_000 }

/** A client of a server that does not know the flags of scripts, as those before Redis 7. */
async function ofOldServer(client: { sendCommand(command: string[]): Promise<unknown> }) {
  await server.command('SCRIPT', 'FLUSH')
  return {
    async sendCommand(command: string[]): Promise<unknown> {
      const [name, script] = command
      if (name !== 'EVAL' || !script?.startsWith('#!')) return client.sendCommand(command)
      throw new Error("ERR Error compiling script (new function): user_script:1: unexpected symbol near '#'")
    },
  }
}

/** A site whose paths are these steps; `/` signs in. */
async function open(
  steps: Record<string, (request: Request) => unknown>,
  options: Session.SessionOptions = {},
  isOld = false,
): Promise<Site> {
  const client = await nodeRedis(server)
  const store = new RedisStore({ client: isOld ? await ofOldServer(client) : client, deadline: '10s' })
  return serve(session, { store, cookie, ...options }, async (request, response) => {
    if (request.url === '/') Object.assign(request.session, { user: 7, pages: 0 })
    await steps[String(request.url)]?.(request)
    response.end(`user ${request.session?.['user']}`)
  })
}

describe('while Redis is full', () => {
  const signOut = ({ session: given }: Request): unknown => (given['user'] = null)
  const grow = ({ session: given }: Request): unknown => (given['pages'] = 'x'.repeat(50))

  it.each([
    ['', false],
    [' older than 7', true],
  ])('a page that only reads is served with resave, and the session lives on, by a server%s', async (_age, isOld) => {
    const site = await open({}, { resave: true }, isOld)
    const login = await site.ask()
    const [key] = (await server.command('KEYS', 'sess:*')) as [string]
    await server.command('PEXPIRE', key, '100000')
    await fill()
    expect(await site.ask(login, '/read')).toMatchObject({ status: 200, body: 'user 7' })
    expect(await server.command('PTTL', key)).toBeGreaterThan(500_000)
    expect(site.errors).toEqual([])
  })

  it('a value can be taken away, so that a sign-out works, and what takes more room is an error', async () => {
    const site = await open({ '/out': signOut, '/grow': grow })
    const login = await site.ask()
    await fill()
    expect(await site.ask(login, '/grow')).toMatchObject({ status: 503 })
    expect(site.errors).toMatchObject([{ code: 'STORE_FULL' }])
    expect(await site.ask(login, '/out')).toMatchObject({ status: 200, body: 'user null' })
    expect(await site.ask(login, '/read')).toMatchObject({ status: 200, body: 'user null' })
  })

  it('a server older than 7 says of a sign-out that there is no room', async () => {
    const site = await open({ '/out': signOut }, {}, true)
    const login = await site.ask()
    await fill()
    expect(await site.ask(login, '/out')).toMatchObject({ status: 503 })
    expect(site.errors).toMatchObject([{ code: 'STORE_FULL' }])
  })
})

describe('while Redis refuses what only renews', () => {
  it('a page with rolling is served with its cookie, and events tell of it', async () => {
    const site = await open({}, { rolling: true })
    const login = await site.ask()
    const failures = recordEvents('store-failed')
    const renewals = recordEvents('renewal-failed')
    await server.command('CONFIG', 'SET', 'min-replicas-to-write', '1')
    const answer = await site.ask(login, '/read')
    expect(answer).toMatchObject({ status: 200, body: 'user 7', setCookies: [expect.stringContaining('connect.sid=')] })
    expect([failures.length, renewals]).toMatchObject([1, [{ error: { code: 'STORE_REFUSED' } }]])
    expect(site.errors).toEqual([])
  })

  it('a session that is gone gets no cookie', async () => {
    const site = await open({ '/gone': () => server.command('FLUSHALL') }, { rolling: true })
    const login = await site.ask()
    expect(await site.ask(login, '/gone')).toMatchObject({ status: 200, setCookies: [] })
  })
})
