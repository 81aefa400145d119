import { createSessions, memoryStore, SesseraError } from 'sessera'
import { fetchSessions, openSession } from 'sessera/fetch'
import { describe, expect, it, vi } from 'vitest'
import { recordEvents } from '../../support/record-events.js'

interface Data {
  cart?: string[]
}

const make = (options = {}) => createSessions<Data>({ store: memoryStore(), ...options })
const origin = 'https://shop.example'
const cookieOf = (response: Response): string => response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
const arrive = (cookie = '', path = '/'): Request => new Request(origin + path, { headers: { cookie } })

describe('the two steps of sessera/fetch', () => {
  it('open a session, and commit it with a response', async () => {
    const sessions = make()
    const { session, commit } = await openSession(sessions, arrive())
    session.data.cart = ['tea']
    const committed = await commit(new Response('stored', { status: 201, headers: { 'Set-Cookie': 'theme=dark' } }))
    expect([committed.status, await committed.text()]).toEqual([201, 'stored'])
    expect(committed.headers.getSetCookie()).toEqual(['theme=dark', expect.stringMatching(/^__Host-session=/)])
    const [, ours = ''] = committed.headers.getSetCookie()
    const again = await openSession(sessions, arrive(ours.split(';')[0]))
    expect(again.session.data.cart).toEqual(['tea'])
  })

  it('copy a response whose headers cannot be changed', async () => {
    const { session, commit } = await openSession(make(), arrive())
    session.signIn('ada')
    const redirect = Response.redirect(`${origin}/account`, 303)
    const committed = await commit(redirect)
    expect(committed).not.toBe(redirect)
    expect([committed.status, committed.headers.get('location')]).toEqual([303, `${origin}/account`])
    expect(cookieOf(committed)).toMatch(/^__Host-session=/)
  })

  it('give one request one session', async () => {
    const sessions = make()
    const request = arrive()
    const [one, other] = [await openSession(sessions, request), await openSession(sessions, request)]
    expect(other.session).toBe(one.session)
    await expect(openSession(make(), request)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('cancel the body of a response that must not be sent', async () => {
    const store = memoryStore()
    const sessions = createSessions<Data>({
      store: { ...store, insert: () => Promise.reject(new Error('down')) },
    })
    const { session, commit } = await openSession(sessions, arrive())
    session.data.cart = []
    const cancel = vi.fn<() => void>()
    await expect(commit(new Response(new ReadableStream({ cancel })))).rejects.toMatchObject({ status: 503 })
    expect(cancel).toHaveBeenCalledOnce()
  })

  it('tell what a streamed body changes after the commit, when its last byte is read', async () => {
    const events = recordEvents('late-change')
    const { session, commit } = await openSession(make(), arrive())
    async function* late(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('one')
      session.data.cart = ['too late']
      yield new TextEncoder().encode(' two')
    }
    const committed = await commit(new Response(ReadableStream.from(late())))
    expect(events).toHaveLength(0)
    expect(await committed.text()).toBe('one two')
    expect(events).toHaveLength(1)
  })

  it.each([
    ['http://localhost:3000/', { isDirect: () => true }, 'session'],
    ['http://shop.example/', { isSecure: () => true }, '__Host-session'],
  ])('set the cookie that suits %s', async (url, options, name) => {
    const { session, commit } = await openSession(make(), new Request(url), options)
    session.signIn('ada')
    expect(cookieOf(await commit(new Response()))).toMatch(new RegExp(`^${name}=`))
  })

  it('refuse to set a Secure cookie over plain HTTP', async () => {
    const { session, commit } = await openSession(make(), new Request('http://localhost:3000/'))
    session.signIn('ada')
    await expect(commit(new Response())).rejects.toMatchObject({ code: 'INSECURE_REQUEST' })
  })
})

describe('fetchSessions', () => {
  it('passes what the host passes besides the request, and sends a response that is thrown', async () => {
    const handle = fetchSessions(make(), (_request, session, name: string) => {
      session.signIn(name)
      throw Response.redirect(`${origin}/hello`, 302)
    })
    const response = await handle(arrive(), 'ada')
    expect([response.status, response.headers.get('location')]).toEqual([302, `${origin}/hello`])
    expect(cookieOf(response)).not.toBe('')
  })

  it("responds to errors with their status and headers, and keeps what the handler's error does not undo", async () => {
    const sessions = make()
    const handle = fetchSessions(sessions, (request, session) => {
      session.data.cart = ['tea']
      if (request.url.endsWith('/fail')) throw Object.assign(new Error('no'), { status: 418 })
      return new Response(String(session.isNew))
    })
    const failed = await handle(arrive('', '/fail'))
    expect([failed.status, await failed.text()]).toEqual([418, ''])
    const { session } = await openSession(sessions, arrive(cookieOf(failed)))
    expect(session.data.cart).toEqual(['tea'])
  })

  it('asks onError instead', async () => {
    const sessions = createSessions({ store: { ...memoryStore(), load: () => Promise.reject(new Error('down')) } })
    const onError = (error: unknown): Response => new Response(SesseraError.is(error) ? error.code : 'else')
    const handle = fetchSessions(sessions, () => new Response('fine'), { onError })
    const { setCookies } = await signedIn(make())
    expect(await (await handle(arrive(setCookies[0]?.split(';')[0]))).text()).toBe('STORE_UNAVAILABLE')
  })

  it.each([
    [{}, {}, /must be the result of createSessions/],
    [memoryStore(), {}, /createSessions/],
    [make(), { secure: true }, /secure/],
    [make(), { onOutage: 'ignore' }, /onOutage must be/],
    [make(), { renew: 'never' }, /renew must be/],
    [make(), { isSecure: true }, /isSecure must be a function/],
    [make(), { onError: null }, /onError must be a function/],
  ])('refuses what cannot work', (sessions, options, message) => {
    expect(() => fetchSessions(sessions as never, () => new Response(), options as never)).toThrow(message)
  })
})

async function signedIn(sessions: ReturnType<typeof make>) {
  const opened = await sessions.open(undefined)
  opened.session.signIn('ada')
  return opened.commit()
}
