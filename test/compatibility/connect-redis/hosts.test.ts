import { createClient } from 'redis'
import { RedisStore } from 'sessera/connect-redis'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadOriginal, type Module } from '../express-session/modules.js'
import { serve } from '../express-session/site.js'
import { requireFrom } from '../../support/packages.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'
import { startRedis } from '../../support/servers/redis.js'

/** What is used of Fastify. */
interface Fastify {
  register(plugin: unknown, options?: object): unknown
  get(path: string, handler: (request: FastifyRequest) => unknown): unknown
  inject(request: object): Promise<{ statusCode: number; body: string; headers: Record<string, string | string[]> }>
  close(): Promise<void>
}

interface FastifyRequest {
  readonly session: Record<string, unknown> & {
    readonly sessionId: string
    destroy(): Promise<void>
    regenerate(): Promise<void>
  }
}

const original = await loadOriginal()
const load: (name: string) => unknown = requireFrom('compatibility')

const server = await redisInTests()
const client = await createClient({ url: server.url })
  .on('error', () => {})
  .connect()
afterAll(() => client.destroy())
beforeEach(() => server.command('FLUSHALL'))

const keys = (): Promise<unknown> => server.command('KEYS', '*')

describe.skipIf(typeof original === 'string')('in express-session itself', () => {
  const expressSession = original as Module

  it('a session is stored, read, touched, regenerated, reloaded and destroyed', async () => {
    const store = new RedisStore({ client, deadline: '10s' })
    const touch = vi.spyOn(store, 'touch')
    const site = await serve(expressSession, { store, cookie: { maxAge: 60_000 } }, (request, response) => {
      const { session, url } = request
      const done = (error?: unknown): void => {
        if (url === '/login') request.session['user'] = 'ada'
        response.statusCode = error ? 500 : 200
        response.end(`user: ${request.session?.['user'] as string}`)
      }
      if (url === '/login') session.regenerate(done)
      else if (url === '/logout') session.destroy(done)
      else if (url === '/reload') session.reload(done)
      else if (url === '/save') session.save(done)
      else done()
    })
    expect(await site.ask()).toMatchObject({ status: 200, body: 'user: undefined', setCookies: [] })
    const login = await site.ask(undefined, '/login')
    const id = /s:([^.]+)\./.exec(decodeURIComponent(login.setCookies[0]!))![1]!
    expect(await keys()).toEqual([`sess:${id}`])
    expect(await server.command('TTL', `sess:${id}`)).toBeGreaterThan(55)

    await server.command('EXPIRE', `sess:${id}`, '30')
    for (const path of ['/', '/reload', '/save']) expect((await site.ask(login, path)).body).toBe('user: ada')
    expect(touch).toHaveBeenCalled()
    expect(await server.command('TTL', `sess:${id}`)).toBeGreaterThan(55)

    expect((await site.ask(login, '/logout')).body).toBe('user: undefined')
    expect(await keys()).toEqual([])
    expect((await site.ask(login)).body).toBe('user: undefined')
    expect(site.errors).toEqual([])
  })

  it('is an error in time when Redis hangs, and does not hang with it', async () => {
    const doomed = await startRedis()
    const other = createClient({ url: doomed.url })
    other.on('error', () => {})
    try {
      await other.connect()
      const store = new RedisStore({ client: other, deadline: '300ms' })
      const site = await serve(expressSession, { store }, (request, response) => {
        request.session['user'] = 'ada'
        response.end()
      })
      const login = await site.ask()
      doomed.pause()
      expect(await site.ask(login)).toMatchObject({ status: 503 })
      expect(site.errors).toMatchObject([{ code: 'STORE_UNAVAILABLE' }])
    } finally {
      other.destroy()
      await doomed.stop()
    }
  })

  it('reads what connect-redis has stored, and the other way round, byte for byte', async () => {
    const { RedisStore: Original } = load('connect-redis') as { RedisStore: typeof RedisStore }
    const { createClient } = load('redis') as { createClient: (options: object) => typeof client }
    const theirs = createClient({ url: server.url })
    await theirs.connect()
    try {
      const stores = [new RedisStore({ client, deadline: '10s' }), new Original({ client: theirs })]
      const sites = await Promise.all(
        stores.map((store) =>
          serve(expressSession, { store, cookie: { maxAge: 60_000 } }, (request, response) => {
            request.session['pages'] = [...(request.session['pages'] ?? []), request.url]
            response.end(request.session['pages'].join())
          }),
        ),
      )
      const login = await sites[0]!.ask(undefined, '/0')
      for (const [index, pages] of ['/0,/1', '/0,/1,/2', '/0,/1,/2,/3'].entries()) {
        expect((await sites[(index + 1) % 2]!.ask(login, `/${index + 1}`)).body).toBe(pages)
      }
      const session = {
        cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000) },
        name: 'é"🙂',
        list: [1, null],
      }
      const texts: unknown[] = []
      for (const store of stores) {
        await store.set('same', session)
        texts.push(await server.command('GET', 'sess:same'))
      }
      expect(texts[0]).toBe(texts[1])
    } finally {
      theirs.destroy()
    }
  })
})

describe.skipIf(typeof original === 'string')('in @fastify/session', () => {
  async function open(store: RedisStore): Promise<Fastify> {
    const app = (load('fastify') as () => Fastify)()
    app.register(load('@fastify/cookie'))
    app.register(load('@fastify/session'), {
      secret: 'a secret that has thirty-two characters',
      store,
      saveUninitialized: false,
      cookie: { secure: false, maxAge: 60_000 },
    })
    app.get('/', async ({ session }) => String(session['user']))
    app.get('/login', async (request) => {
      await request.session.regenerate()
      request.session['user'] = 'ada'
      return request.session.sessionId
    })
    app.get('/logout', async ({ session }) => {
      await session.destroy()
      return 'bye'
    })
    return app
  }

  it('a session is stored, read and destroyed', async () => {
    const app = await open(new RedisStore({ client, deadline: '10s' }))
    try {
      const login = await app.inject({ url: '/login' })
      const headers = { cookie: String(login.headers['set-cookie']).split(';', 1)[0] }
      expect(await keys()).toEqual([`sess:${login.body}`])
      expect(await server.command('TTL', `sess:${login.body}`)).toBeGreaterThan(55)
      expect(JSON.parse(String(await server.command('GET', `sess:${login.body}`)))).toMatchObject({
        user: 'ada',
        cookie: { originalMaxAge: 60_000 },
      })
      expect((await app.inject({ url: '/', headers })).body).toBe('ada')
      expect((await app.inject({ url: '/logout', headers })).body).toBe('bye')
      expect(await keys()).toEqual([])
      expect((await app.inject({ url: '/', headers })).body).toBe('undefined')
    } finally {
      await app.close()
    }
  })

  it('is a 503 in time when Redis hangs', async () => {
    const doomed = await startRedis()
    const other = createClient({ url: doomed.url })
    other.on('error', () => {})
    try {
      await other.connect()
      const app = await open(new RedisStore({ client: other, deadline: '300ms' }))
      const login = await app.inject({ url: '/login' })
      doomed.pause()
      const headers = { cookie: String(login.headers['set-cookie']).split(';', 1)[0] }
      expect((await app.inject({ url: '/', headers })).statusCode).toBe(503)
      await app.close()
    } finally {
      other.destroy()
      await doomed.stop()
    }
  })
})
