import type { ServerResponse } from 'node:http'
import { sign } from 'cookie-signature'
import { RedisStore } from 'sessera/connect-redis'
import type { session as Session } from 'sessera/express-session'
import { describe, expect, it } from 'vitest'
import { recordEvents } from '../../support/record-events.js'
import { ours as session } from './modules.js'
import { recordingStore } from './recording-store.js'
import { serve, type Request } from './site.js'

const refused = new Error('connect ECONNREFUSED')

async function siteWithoutStore(
  handler: (request: Request, response: ServerResponse) => unknown,
  options: Session.SessionOptions = {},
) {
  const store = recordingStore(session)
  const { get } = store
  const site = await serve(session, { store, onOutage: 'anonymous', ...options }, async (request, response) => {
    if (request.url === '/login') request.session['user'] = 'ada'
    else {
      const answer = String(await handler(request, response))
      if (!response.headersSent) response.setHeader('answer', answer)
    }
    response.end()
  })
  const login = await site.ask(undefined, '/login')
  store.get = (_id, callback) => callback(refused)
  const ask = async () => (await site.ask(login)).headers['answer']
  return { ask, back: () => (store.get = get), store, site, login }
}

describe('a route of the drop-in that goes on without the store', () => {
  it('has an anonymous session that says so, sets no cookie and stores nothing', async () => {
    const { site, login, store } = await siteWithoutStore((request) =>
      JSON.stringify([request.session.unavailable, request.session['user'], request.sessionID]),
    )
    store.calls = []
    const answer = await site.ask(login)
    expect(answer.headers['answer']).toBe('[true,null,null]')
    expect(answer.setCookies).toEqual([])
    expect(store.calls).toEqual([])
  })

  it('is told by an error when it changes that session, whichever way', async () => {
    const failure = (work: () => unknown): Promise<unknown> =>
      (async () => work())().then(
        () => 'done',
        (error: { code: string }) => error.code,
      )
    const { ask } = await siteWithoutStore(async (request) => {
      const { session: given, sessionStore } = request
      return [
        await failure(() => (given['user'] = 'bob')),
        await failure(() => delete given['user']),
        await failure(() => given.save()),
        await failure(() => given.regenerate()),
        await failure(() => given.reload()),
        await failure(() => given.destroy()),
        await failure(() => (given.cookie.maxAge = 1000)),
        await failure(() => given.touch()),
        await failure(() => sessionStore.generate(request as never)),
      ].join()
    })
    expect(new Set(String(await ask()).split(','))).toEqual(new Set(['STORE_UNAVAILABLE']))
  })

  it.each<[string, (request: Request) => unknown]>([
    ['req.session = null', (request) => Object.assign(request, { session: null })],
    ['delete req.session', (request) => Reflect.deleteProperty(request, 'session')],
    ['destroy()', (request) => void request.session.destroy()],
    ['regenerate()', (request) => void request.session.regenerate()],
    ['save()', (request) => void request.session.save()],
  ])('passes for no success after %s that nobody looks at', async (_what, handler) => {
    const { site, login, store } = await siteWithoutStore(handler, { unset: 'destroy' })
    const before = new Map(store.records)
    expect(await site.ask(login)).toMatchObject({ status: 503, setCookies: [] })
    expect(site.errors).toMatchObject([{ code: 'STORE_UNAVAILABLE', cause: refused }])
    expect(store.records).toEqual(before)
  })

  it('may be told by a callback, and answer as it likes', async () => {
    const { ask } = await siteWithoutStore(
      ({ session: given }) => new Promise((resolve) => void given.destroy((error) => resolve(error.code))),
    )
    expect(await ask()).toBe('STORE_UNAVAILABLE')
  })

  it('is cut where a destroy fails after the first byte, and tells of it', async () => {
    const { site, login } = await siteWithoutStore(({ session: given }, response) => {
      response.write('first')
      void given.destroy()
    })
    await expect(site.ask(login)).rejects.toThrow()
    await expect.poll(() => site.errors).toMatchObject([{ code: 'STORE_UNAVAILABLE' }])
  })

  it('is not cached, whatever became of its session', async () => {
    const { site, login } = await siteWithoutStore((request) => Reflect.deleteProperty(request, 'session'))
    const { headers, status } = await site.ask(login)
    expect([status, headers['cache-control']]).toEqual([200, 'no-store'])
  })

  it('does not go on where something else than the store fails', async () => {
    const broken = new Error('no more ids')
    const store = recordingStore(session)
    let ids = 0
    const genid = (): string => {
      if (ids++ > 0) throw broken
      return 'id'
    }
    const site = await serve(session, { store, genid, onOutage: 'anonymous' }, (request, response) => {
      request.session['user'] = 'ada'
      response.end()
    })
    const login = await site.ask()
    store.records.clear()
    expect(await site.ask(login)).toMatchObject({ status: 500 })
    expect(site.errors).toEqual([broken])
  })

  it('has its usual session when the store is back', async () => {
    const { ask, back } = await siteWithoutStore(
      (request) => `${request.session['user']} ${request.session.unavailable}`,
    )
    expect(await ask()).toBe('undefined true')
    back()
    expect(await ask()).toBe('ada undefined')
  })
})

describe('a store that fails, of whatever make,', () => {
  it.each(['fail', 'anonymous'] as const)('is told as an event, with onOutage: %s', async (onOutage) => {
    const failures = recordEvents('store-failed')
    const { site, login } = await siteWithoutStore(() => {}, { onOutage })
    expect(failures).toEqual([])
    await site.ask(login)
    expect(failures).toEqual([{ error: refused }])
    expect(site.errors).toEqual(onOutage === 'fail' ? [refused] : [])
  })

  it('is told as an event when it is a serializer that fails', async () => {
    const failures = recordEvents('store-failed')
    const keysAway = new Error('no keys to decrypt with')
    const serializer = { stringify: JSON.stringify, parse: () => Promise.reject(keysAway) }
    const sendCommand = async ([, , , , id]: string[]): Promise<unknown> => [id, 'text', 60_000]
    const store = new RedisStore({ client: { sendCommand }, serializer })
    const site = await serve(session, { store, onOutage: 'anonymous' }, (request, response) => {
      response.end(String(request.session.unavailable))
    })
    const cookie = `connect.sid=${encodeURIComponent(`s:${sign('id', 'keyboard cat')}`)}`
    expect(await site.ask(cookie)).toMatchObject({ status: 200, body: 'true' })
    expect(failures).toEqual([{ error: keysAway }])
  })

  it('is told as an event when it does not call back in time', async () => {
    const failures = recordEvents('store-failed')
    const { site, login, store } = await siteWithoutStore(() => {}, { deadline: 20 })
    store.get = () => {}
    await site.ask(login)
    expect(failures).toMatchObject([{ error: { code: 'STORE_UNAVAILABLE' } }])
  })
})
