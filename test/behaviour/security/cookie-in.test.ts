import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { createSessions, memoryStore, newHandle, type Sessions } from 'sessera'
import { expressSessions, sessionOf } from 'sessera/express'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Browser } from '../../support/browser.js'
import { recordEvents } from '../../support/record-events.js'
import { fleet } from '../../support/fleet.js'
import { listenInTest } from '../../support/listen-in-test.js'

type Data = Record<string, unknown>

const unused = `${'A'.repeat(22)}.${'b'.repeat(32)}`

/** Sessions over plain HTTP, and the cookie of somebody who is signed in. */
async function signedIn(): Promise<{ sessions: Sessions<Data>; cookie: string }> {
  const sessions = createSessions<Data>({ store: memoryStore(), cookie: { secure: false } })
  const opened = await sessions.open(undefined)
  opened.session.signIn('ada')
  const { setCookies } = await opened.commit()
  return { sessions, cookie: setCookies[0]?.split(';')[0] ?? '' }
}

describe('the Cookie header', () => {
  it('CP-1: may come in several lines', async () => {
    const { sessions, cookie } = await signedIn()
    const middleware = expressSessions(sessions)
    const server = createServer((request, response) =>
      middleware(request, response, () => response.end(sessionOf(sessions, request).userId ?? 'nobody')),
    )
    await listenInTest(server)
    const ask = (...lines: string[]) => askRaw((server.address() as AddressInfo).port, lines)
    expect(await ask(`Cookie: a=1`, `Cookie: ${cookie}`, 'Cookie: b=2')).toContain('ada')
    expect(await ask(`Cookie: ${cookie}; a=1`, 'Cookie: b=2')).toContain('ada')
    expect(await ask(`Cookie: ${cookie}`, `Cookie: session=${unused}`)).toContain('ada')
  })

  it('CP-1: may come in crumbs, as HTTP/2 sends it', async () => {
    const { sessions, cookie } = await signedIn()
    const middleware = expressSessions(sessions)
    const server = createHttp2Server((request, response) =>
      middleware(request, response, () => response.end(sessionOf(sessions, request).userId ?? 'nobody')),
    )
    const client = connectHttp2((await listenInTest(server)).origin)
    onTestFinished(() => client.close())
    const ask = (crumbs: string[]): Promise<string> =>
      new Promise((resolve, reject) => {
        const stream = client.request({ ':path': '/', cookie: crumbs }).setEncoding('utf8').on('error', reject)
        let body = ''
        stream.on('data', (chunk: string) => (body += chunk)).on('end', () => resolve(body))
      })
    expect(await ask(['a=1', cookie, 'b=2'])).toBe('ada')
    expect(await ask([cookie, `session=${unused}`])).toBe('ada')
  })

  it('CP-2: with the token of an attacker before or after that of the victim opens neither, where another host can have set it', async () => {
    const { backend } = fleet({ cookie: { name: 'shop' } })
    const [victim, attacker] = [new Browser(), new Browser()]
    await victim.visit(backend[0], (session) => session.signIn('victim'))
    await attacker.visit(backend[0], (session) => session.signIn('attacker'))
    const duplicates = recordEvents('duplicate-cookie')
    const both = [victim.cookie, attacker.cookie]
    for (const header of [both.join('; '), both.toReversed().join(';'), [...both, ...both].join('; ')]) {
      expect((await new Browser(header).look(backend[1])).userId).toBeUndefined()
    }
    expect(duplicates).toHaveLength(3)
  })

  it('CP-2: with dead tokens, or made-up ones, beside a living one opens that one, and asks the store 4 times at most', async () => {
    const { backend, store } = fleet({ cookie: { name: 'shop' } })
    const [victim, gone] = [new Browser(), new Browser()]
    await victim.visit(backend[0], (session) => session.signIn('victim'))
    await gone.visit(backend[0], (session) => session.signIn('gone'))
    const dead = gone.cookie
    await gone.visit(backend[0], (session) => session.end())
    for (const header of [`${victim.cookie}; ${dead}`, `${dead}; shop=x; ${victim.cookie}`]) {
      expect((await new Browser(header).look(backend[1])).userId).toBe('victim')
    }
    store.calls.length = 0
    const madeUp = Array.from({ length: 200 }, () => `shop=${newHandle()}.${'x'.repeat(32)}`)
    await new Browser(madeUp.join('; ')).look(backend[1])
    expect(store.calls).toEqual(['load', 'load', 'load', 'load'])
  })

  it('CP-11: with a forged token for the handle of somebody else leads to nothing, not even by its handler', async () => {
    const { backend, store } = fleet()
    const victim = new Browser()
    await victim.visit(backend[0], (session) => session.signIn('victim'))
    const [name, token = ''] = (victim.cookie ?? '').split('=')
    const { handle } = (await victim.arrive(backend[0])).session
    const forged = [
      `${name}=${token.slice(0, 23)}${'x'.repeat(32)}`,
      `${name}_multi-${handle}=${token.slice(0, 23)}${'x'.repeat(32)}`,
      `${name}=${unused}; ${name}_multi-${handle}=${token}`,
    ]
    store.calls.length = 0
    for (const cookie of forged) {
      for (const act of ['end', 'rotate'] as const) {
        const attacker = new Browser(cookie)
        await attacker.visit(backend[1], (session) => session[act]())
      }
      await new Browser(cookie).visit(backend[1], ({ data }) => void (data.theme = 'forged'))
      await new Browser(cookie).visit(backend[1], (session) => session.update((data) => void (data.count = 9)))
    }
    expect(store.calls).not.toContain('remove')
    expect(store.calls).not.toContain('replace')
    expect(await victim.look(backend[2])).toEqual({ userId: 'victim', data: {}, isNew: false })
  })
})

/** The answer to a request with exactly these header lines. */
function askRaw(port: number, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setEncoding('latin1').on('error', reject)
    let answer = ''
    socket.on('data', (chunk: string) => (answer += chunk)).on('end', () => resolve(answer))
    socket.write(['GET / HTTP/1.1', 'Host: localhost', 'Connection: close', ...lines, '', ''].join('\r\n'))
  })
}
