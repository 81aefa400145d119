import type { ServerResponse } from 'node:http'
import { gate } from 'sessera/testing'
import { describe, expect, it } from 'vitest'
import { recordEvents } from '../../support/record-events.js'
import { ours as session } from './modules.js'
import { recordingStore } from './recording-store.js'
import { serve, type Answer, type Request } from './site.js'

const lasting = { cookie: { maxAge: 60_000 } }
const recordsOf = (store: { readonly records: Map<string, string> }): object[] =>
  [...store.records.values()].map((text) => JSON.parse(text) as object)

/** A site whose handlers are given by path; `/login` signs in. */
async function siteWith(
  handlers: Record<string, (request: Request, response: ServerResponse) => unknown>,
  options: session.SessionOptions = {},
) {
  const store = recordingStore(session)
  const site = await serve(session, { store, ...lasting, ...options }, async (request, response) => {
    if (request.url === '/login') request.session['user'] = 'ada'
    else await handlers[request.url!]?.(request, response)
    if (!response.writableEnded) response.end(String(request.session?.['user']))
  })
  return { store, site, ask: (path: string, cookie?: Answer) => site.ask(cookie, path) }
}

describe('what one request does one after the other', () => {
  it.each(['destroy', 'regenerate'] as const)('is stored in that order: a save, then %s', async (method) => {
    const { store, ask } = await siteWith({
      '/': ({ session: given }) => {
        given['user'] = 'ada'
        given.save(() => {})
        return given[method]()
      },
    })
    const { body, setCookies } = await ask('/')
    expect(body).toBe('undefined')
    if (method === 'destroy') expect([recordsOf(store), setCookies]).toEqual([[], []])
    else expect(recordsOf(store)).toEqual([{ cookie: expect.anything() }])
  })

  it('leaves a session ended that was destroyed after the response was begun', async () => {
    const { store, ask } = await siteWith({
      '/': (request, response) => {
        request.session['user'] = 'ada'
        response.end('done')
        void request.session.destroy()
      },
    })
    const { body, setCookies } = await ask('/')
    expect([body, setCookies]).toEqual(['done', []])
    await expect.poll(() => recordsOf(store)).toEqual([])
  })

  it('reads what it has just stored', async () => {
    const { ask } = await siteWith({
      '/': ({ session: given }) => {
        given['user'] = 'ada'
        given.save(() => {})
        return given.reload()
      },
    })
    expect(await ask('/')).toMatchObject({ status: 200, body: 'ada', setCookies: [expect.stringContaining('s%3A')] })
  })

  it('keeps its cookie when a new session is stored and read again, after a sign-in too', async () => {
    const { ask } = await siteWith({
      '/': async ({ session: given, ...request }) => {
        void request
        given['user'] = 'ada'
        await given.save()
        await given.reload()
      },
      '/again': async (request) => {
        await request.session.regenerate()
        request.session['user'] = 'bob'
        await request.session.save()
        await request.session.reload()
      },
    })
    const first = await ask('/')
    expect(first.setCookies).toHaveLength(1)
    const second = await ask('/again', first)
    expect(second.setCookies).toEqual([expect.stringMatching(/^connect\.sid=s%3A/)])
    expect((await ask('/look', second)).body).toBe('bob')
  })

  it('does not take its own writes for those of others', async () => {
    const conflicts = recordEvents('conflict')
    const { store, ask } = await siteWith({
      '/': async ({ session: given }) => {
        given['busy'] = 1
        given['count'] = 1
        const first = given.save()
        delete given['busy']
        given['count'] = 2
        await Promise.all([first, given.save()])
      },
    })
    await ask('/', await ask('/login'))
    expect(recordsOf(store)).toEqual([{ cookie: expect.anything(), user: 'ada', count: 2 }])
    expect(conflicts).toEqual([])
  })
})

describe('a sign-out that comes second', () => {
  it('is no error for save(), as nothing but values were taken away that are gone already', async () => {
    const slow = gate()
    const { ask } = await siteWith({
      '/logout': (request) => request.session.destroy(),
      '/late': async (request) => {
        await slow.pass()
        delete request.session['user']
        await request.session.save()
        await request.session.regenerate()
      },
    })
    const login = await ask('/login')
    const late = ask('/late', login)
    await slow.reached
    await ask('/logout', login)
    slow.open()
    expect(await late).toMatchObject({ status: 200, body: 'undefined' })
  })
})

describe('parallel requests', () => {
  it('merge whatever is stored, however deep', async () => {
    const slow = gate()
    let deep: unknown = 'bottom'
    for (let level = 0; level < 200; level++) deep = { deep }
    const { store, ask } = await siteWith({
      '/deep': (request) => (request.session['deep'] = deep),
      '/slow': async (request) => {
        await slow.pass()
        request.session['slow'] = 1
      },
    })
    const login = await ask('/login')
    const late = ask('/slow', login)
    await slow.reached
    await ask('/deep', login)
    slow.open()
    await late
    expect(recordsOf(store)).toMatchObject([{ user: 'ada', slow: 1, deep: { deep: {} } }])
  })

  it('keep a longer life that one of them gave to the cookie', async () => {
    const slow = gate()
    const { store, ask } = await siteWith({
      '/remember': ({ session: given }) => {
        given.cookie.maxAge = 600_000
        given['remembered'] = true
      },
      '/slow': async (request) => {
        await slow.pass()
        request.session['slow'] = 1
      },
    })
    const login = await ask('/login')
    const late = ask('/slow', login)
    await slow.reached
    await ask('/remember', login)
    slow.open()
    await late
    expect(recordsOf(store)).toMatchObject([
      { cookie: { originalMaxAge: expect.closeTo(600_000, -1) }, remembered: true, slow: 1 },
    ])
  })

  it('that only read share one touch, and queue for none', async () => {
    const { store, ask } = await siteWith({})
    const touching = gate()
    const touch = store.touch.bind(store)
    store.touch = (id, data, callback) => void touching.pass().then(() => touch(id, data, callback))
    const login = await ask('/login')
    store.calls = []
    const answers = Array.from({ length: 10 }, () => ask('/read', login))
    await touching.reached
    await new Promise((resolve) => setTimeout(resolve, 50)) // until all of them wait
    touching.open()
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(Array.from({ length: 10 }, () => 'ada'))
    expect(store.calls.length).toBeLessThan(10)
  })
})

describe('a store that fails', () => {
  it('is not asked again by the answer that says so', async () => {
    const { store, site, ask } = await siteWith(
      {
        '/save': (request, response) => {
          request.session['value'] = 1
          return request.session.save().catch(() => response.writeHead(503).end('sorry'))
        },
      },
      { resave: true },
    )
    const login = await ask('/login')
    let asked = 0
    store.set = (_id, _data, callback?: (error?: unknown) => void) => {
      asked++
      callback?.(new Error('connect ECONNREFUSED'))
    }
    expect(await ask('/save', login)).toMatchObject({ status: 503, body: 'sorry' })
    expect([asked, site.errors]).toEqual([1, []])
  })

  it('does not keep the last values of a stream from being stored, once it works again', async () => {
    const { store, site, ask } = await siteWith({
      '/stream': async (request, response) => {
        const { set } = store
        request.session['first'] = 1
        await new Promise((resolve) => response.write('first ', resolve)) // it has left
        store.set = (_id, _data, callback?: (error?: unknown) => void) => callback?.(new Error('connect ECONNREFUSED'))
        await request.session.save().catch(() => {})
        store.set = set
        request.session['second'] = 2
        response.end('second')
      },
    })
    expect((await ask('/stream', await ask('/login'))).body).toBe('first second')
    expect(recordsOf(store)).toMatchObject([{ first: 1, second: 2 }])
    expect(site.errors).toEqual([])
  })

  it('that cannot be written to for want of a folder is an error, and not a success', async () => {
    const { store, ask } = await siteWith({})
    store.set = (_id, _data, callback?: (error?: unknown) => void) =>
      callback?.(Object.assign(new Error('no such folder'), { code: 'ENOENT' }))
    expect(await ask('/login')).toMatchObject({ status: 500, setCookies: [] })
  })
})

describe('a stream that takes long', () => {
  it('leaves a session its whole life when it ends', async () => {
    const { store, ask } = await siteWith({
      '/events': (request, response) => {
        response.flushHeaders()
        request.session.cookie.expires = new Date(Date.now() + 1000) // what is left after most of a minute
        request.session.cookie.originalMaxAge = 60_000
        response.end('over')
      },
    })
    await ask('/events', await ask('/login'))
    const [record] = recordsOf(store) as { cookie: { expires: string } }[]
    expect(Date.parse(record!.cookie.expires)).toBeGreaterThan(Date.now() + 50_000)
  })
})
