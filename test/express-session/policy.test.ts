import { describe, expect, it } from 'vitest'
import { ours as session } from './modules.js'
import { recordingStore } from './recording-store.js'
import { serve, type Request } from './site.js'

async function siteWithoutStore(handler: (request: Request) => unknown) {
  const store = recordingStore(session)
  const { get } = store
  const site = await serve(session, { store, policy: 'optional' }, async (request, response) => {
    if (request.url === '/login') request.session['user'] = 'ada'
    else response.setHeader('answer', String(await handler(request)))
    response.end()
  })
  const login = await site.ask(undefined, '/login')
  store.get = (_id, callback) => callback(new Error('connect ECONNREFUSED'))
  const ask = async () => (await site.ask(login)).headers.get('answer')
  return { ask, back: () => (store.get = get), store, site, login }
}

describe('a route of the drop-in that goes on without the store', () => {
  it('has an anonymous session that says so, sets no cookie and stores nothing', async () => {
    const { site, login, store } = await siteWithoutStore((request) =>
      JSON.stringify([request.session.unavailable, request.session['user'], request.sessionID]),
    )
    store.calls = []
    const answer = await site.ask(login)
    expect(answer.headers.get('answer')).toBe('[true,null,null]')
    expect(answer.setCookies).toEqual([])
    expect(store.calls).toEqual([])
  })

  it('is told by an error when it changes that session, whichever way', async () => {
    const failure = (work: () => unknown): Promise<unknown> =>
      (async () => work())().then(
        () => 'done',
        (error: { code: string }) => error.code,
      )
    const { ask } = await siteWithoutStore(async ({ session: given }) =>
      [
        await failure(() => (given['user'] = 'bob')),
        await failure(() => delete given['user']),
        await failure(() => given.save()),
        await failure(() => given.regenerate()),
        await failure(() => given.reload()),
      ].join(),
    )
    expect(new Set((await ask())!.split(','))).toEqual(new Set(['STORE_UNAVAILABLE']))
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
