import { createServer, type RequestListener } from 'node:http'
import express from 'express'
import { Hono } from 'hono'
import { memoryStore, type Session, type Sessions } from 'sessera'
import { expressSessions, requireUser, sessionOf } from 'sessera/express'
import { honoSessions, requireUser as requireUserOfHono } from 'sessera/hono'
import { fakeClock } from 'sessera/testing'
import { describe, expect, it, vi } from 'vitest'
import { Browser, type Data } from '../../support/browser.js'
import { listenInTest } from '../../support/listen-in-test.js'
import { ensurePackages, requireFrom } from '../../support/packages.js'
import { recordEvents } from '../../support/record-events.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'
import { inMemory, inRedis, signedIn } from './sessions.js'

// The lines of docs/sockets.md, "Event streams", with a name for what the test looks at.

await ensurePackages('frameworks/fetch')
const { getRequestListener } = requireFrom('frameworks/fetch')('@hono/node-server') as {
  getRequestListener(fetch: (request: Request) => Response | Promise<Response>): RequestListener
}
const redis = await redisInTests()

interface Watching {
  readonly sessions: Sessions<Data>
  /** Called with the session of each stream that has begun. */
  began(session: Session<Data>): void
  /** Called when a stream is over, however it ended. */
  stopped(): void
}

const applications: Readonly<Record<string, (watching: Watching) => RequestListener>> = {
  Express({ sessions, began, stopped }) {
    const app = express()
    app.set('env', 'test') // Express prints errors otherwise
    app.use(expressSessions(sessions))
    app.get('/events', requireUser(), (req, res) => {
      const session = sessionOf(sessions, req)
      const tell = ({ reason }: { readonly reason: string }): void => void res.end(`event: ended\ndata: ${reason}\n\n`)
      const stop = sessions.onEnd(session.handle!, tell, { rotations: true })
      res.on('close', stop).on('close', stopped)
      res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
      res.write('data: hello\n\n', () => began(session))
    })
    return app
  },

  Hono({ sessions, began, stopped }) {
    const app = new Hono().use(honoSessions(sessions)).get('/events', requireUserOfHono(), (c) => {
      const { session } = c.var
      let stop = (): void => {}
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          const send = (text: string): void => controller.enqueue(new TextEncoder().encode(text))
          const tell = ({ reason }: { readonly reason: string }): void => {
            send(`event: ended\ndata: ${reason}\n\n`)
            controller.close()
            stopped()
          }
          stop = sessions.onEnd(session.handle!, tell, { rotations: true })
          send('data: hello\n\n')
        },
        pull: () => began(session),
        cancel() {
          stop()
          stopped()
        },
      })
      return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
    })
    return getRequestListener(app.fetch)
  },
}

describe.each(Object.entries(applications))('an event stream of %s', (_name, application) => {
  /** Opens the stream. */
  async function open(sessions: Sessions<Data>, cookie = '') {
    const stopped = vi.fn<() => void>()
    const begun = vi.fn<(session: Session<Data>) => void>()
    const { origin } = await listenInTest(createServer(application({ sessions, began: begun, stopped })))
    const leaving = new AbortController()
    const response = await fetch(`${origin}/events`, { headers: { cookie }, signal: leaving.signal })
    /** Its session, once the first event has been sent. */
    const began = async (): Promise<Session<Data>> => {
      await expect.poll(() => begun.mock.calls.length).toBeGreaterThan(0)
      return begun.mock.calls[0]![0]
    }
    return { response, stopped, began, leave: () => leaving.abort() }
  }

  it.each([
    ['ends', 'signed-out', (session: Session<Data>) => session.end()],
    ['gets a new secret', 'rotated', (session: Session<Data>) => session.rotate()],
  ])('is over when its session %s on another backend, and says why', async (_what, reason, change) => {
    const [one, other] = [await inRedis(redis.url), await inRedis(redis.url)]
    const browser = await signedIn(other)
    const { response, began, stopped } = await open(one, browser.cookie)
    await began()
    // Before, a look would notice the end, and not know why.
    await expect.poll(() => redis.command('PUBSUB', 'NUMSUB', 'sessera:ends')).toEqual(['sessera:ends', 1])
    await browser.visit(other, change)
    expect(await response.text()).toBe(`data: hello\n\nevent: ended\ndata: ${reason}\n\n`)
    await expect.poll(() => stopped.mock.calls.length).toBe(1)
  })

  it('is refused to whoever is not signed in', async () => {
    expect((await open(inMemory())).response.status).toBe(401)
  })

  it('listens no longer when its client has left', async () => {
    const sessions = inMemory()
    const { began, leave, stopped } = await open(sessions, (await signedIn(sessions)).cookie)
    await began()
    leave()
    await expect.poll(() => stopped.mock.calls.length).toBe(1)
  })

  it('extends its session only where it says so', async () => {
    const clock = fakeClock()
    const sessions = inMemory(memoryStore({ now: clock.now }))
    const { began } = await open(sessions, (await signedIn(sessions)).cookie)
    const session = await began()
    const seenAt = async () => (await sessions.user('ada').list())[0]?.lastSeenAt
    const before = await seenAt()
    clock.advance(600_000)
    expect(await seenAt()).toBe(before)
    await session.renew()
    expect(await seenAt()).toBe(clock.now())
  })

  it('tells of what it changes too late, which is not stored', async () => {
    const events = recordEvents('late-change')
    const sessions = inMemory()
    const browser = await signedIn(sessions)
    const { response, began } = await open(sessions, browser.cookie)
    const session = await began()
    session.data.theme = 'dark'
    expect((await new Browser(browser.cookie).look(sessions)).data).toEqual({})
    await sessions.end(session.handle!)
    await response.text()
    await expect.poll(() => events).toEqual([{ handle: session.handle }])
  })

  it('is refused an update, which is told as well', async () => {
    const events = recordEvents('late-change')
    const sessions = inMemory()
    const { began } = await open(sessions, (await signedIn(sessions)).cookie)
    const session = await began()
    await expect(session.update((data) => void (data.theme = 'dark'))).rejects.toMatchObject({
      code: 'SESSION_COMMITTED',
    })
    expect(events).toEqual([{ handle: session.handle }])
  })
})
