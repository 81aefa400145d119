import type { ServerResponse } from 'node:http'
import { session } from 'sessera/express-session'
import { describe, expect, it } from 'vitest'
import { recordingStore } from './recording-store.js'
import { serve, type Answer, type Request } from './site.js'

type Options = Parameters<typeof session>[0] & object

const marked = ['private', 'Cookie']
const unmarked = [undefined, undefined]

async function siteWith(options: Options, handler: (request: Request, response: ServerResponse) => unknown = () => {}) {
  const store = recordingStore(session)
  const site = await serve(session, { store, ...options }, async (request, response) => {
    if (request.url === '/login') request.session['user'] = 'ada'
    await handler(request, response)
    if (!response.writableEnded) response.end('page')
  })
  return { ...site, store }
}

const marks = ({ headers }: Answer): unknown[] => [headers['cache-control'], headers.vary]

describe('what the drop-in says of caches', () => {
  it('is that an answer with its cookie is private', async () => {
    const { ask } = await siteWith({})
    expect(marks(await ask(undefined, '/login'))).toEqual(marked)
  })

  it('is that an answer to a request with a stored session is private, as its handler may have looked', async () => {
    const { ask } = await siteWith({})
    const login = await ask(undefined, '/login')
    expect(marks(await ask(login))).toEqual(marked)
  })

  it.each<[string, (request: Request) => unknown]>([
    ['changed', (request) => (request.session['visits'] = 1)],
    ['destroyed', (request) => request.session.destroy()],
    ['regenerated', (request) => request.session.regenerate()],
    ['taken away', (request) => Reflect.deleteProperty(request, 'session')],
  ])('is that an answer whose session was %s is private', async (_what, handler) => {
    const { ask } = await siteWith({ unset: 'destroy' }, (request) =>
      request.url === '/login' ? undefined : handler(request),
    )
    const login = await ask(undefined, '/login')
    expect(marks(await ask(login))).toEqual(marked)
  })

  it('CK-14: is that a page which only rolling gives a cookie is private', async () => {
    const { ask } = await siteWith({ rolling: true })
    const login = await ask(undefined, '/login')
    const page = await ask(login)
    expect([page.setCookies.length, marks(page)]).toEqual([1, marked])
  })

  it('is that a page which begins before its end is private where the request has a session', async () => {
    const { ask } = await siteWith({}, (_request, response) => response.write('begun '))
    const login = await ask(undefined, '/login')
    expect(marks(await ask(login))).toEqual(marked)
  })

  it('is that the answer to a failure is private', async () => {
    const { ask, store } = await siteWith({}, (request) => (request.session['visits'] = 1))
    store.set = (_id, _data, done?: (error: Error) => void) => done?.(new Error('down'))
    const answer = await ask()
    expect([answer.status, marks(answer)]).toEqual([500, marked])
  })

  it('is nothing where nobody has a session', async () => {
    const { ask } = await siteWith({})
    expect(marks(await ask())).toEqual(unmarked)
  })

  it('is nothing where the application says something itself', async () => {
    const { ask } = await siteWith({}, (_request, response) => response.setHeader('Cache-Control', 'public'))
    expect(marks(await ask(undefined, '/login'))).toEqual(['public', undefined])
  })

  it('adds to what the answer varies by already', async () => {
    const { ask } = await siteWith({}, (_request, response) => response.setHeader('Vary', 'Accept'))
    expect(marks(await ask(undefined, '/login'))).toEqual(['private', 'Accept, Cookie'])
  })

  it("is nothing at all with caching: 'untouched'", async () => {
    const { ask } = await siteWith({ caching: 'untouched', rolling: true })
    const login = await ask(undefined, '/login')
    expect([marks(login), marks(await ask(login))]).toEqual([unmarked, unmarked])
  })

  it('is one of two words', () => {
    expect(() => session({ secret: 'keyboard cat', caching: 'public' as never })).toThrow("'private' or 'untouched'")
  })
})
