import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { session } from 'sessera/express-session'
import { gate } from 'sessera/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openBrowser } from '../../../src/testing/browser.js'
import { useClock, type OtherStore } from './other-store.js'
import type { SessionModule } from './store-factory.js'
import { listen } from '../../support/listen.js'

/** `req.session`, as far as these tests use it. */
interface AppSession {
  [name: string]: unknown
  regenerate(done: (error?: unknown) => void): void
  destroy(done: (error?: unknown) => void): void
}

type AppRequest = IncomingMessage & { session: AppSession }

type Handler = (request: AppRequest) => unknown

/** Hangs in the tests of a store under the middleware of `sessera/express-session`, with its base class taken from `module`. */
export function describeDropInApi(other: OtherStore, module: SessionModule = session): void {
  const origin = module === session ? '' : ", made for express-session's own module"
  describe(`${other.name}${origin} under the middleware`, () => {
    const advance = useClock(other)
    const maxAge = 3_000

    /** An application, and one browser that visits it: each visit gives the handler, and hands back what that answered. */
    async function openApplication() {
      const { store, close } = await other.open(module)
      const cookie = { maxAge }
      const middleware = session({ store, secret: 'only for tests', resave: false, saveUninitialized: false, cookie })
      const handlers: Handler[] = []
      const server = createServer((request, response) =>
        middleware(request, response, (error) => {
          void answer(handlers[Number(request.headers['x-handler'])]!, request as AppRequest, response, error)
        }),
      )
      const { origin: url, close: closeServer } = await listen(server)
      onTestFinished(async () => {
        await closeServer()
        await close?.()
      })
      const browser = openBrowser(url)
      let held = ''
      return {
        async visit<Answer>(handler: (request: AppRequest) => Answer): Promise<Awaited<Answer>> {
          const headers = { 'x-handler': String(handlers.push(handler) - 1) }
          const { body } = await browser.visit('/', { headers, cookie: held })
          // A cleared cookie is sent again, so that the next visit shows whether the store still knows the session.
          held = browser.cookies() || held
          const { status, answer } = JSON.parse(body) as { status: string; answer: Awaited<Answer> }
          expect(status).toBe('done')
          return answer
        },
      }
    }

    const read: (name: string) => (request: AppRequest) => unknown = (name) => (request) => request.session[name]
    const signIn = async (request: AppRequest) => {
      await called((done) => request.session.regenerate(done))
      request.session['user'] = 'ada'
    }
    const signOut = (request: AppRequest) => called((done) => request.session.destroy(done))

    it('signs in, remembers, signs out', async () => {
      const { visit } = await openApplication()
      await visit(({ session }) => void (session['theme'] = 'dark'))
      await visit(signIn)
      expect(await visit(read('user'))).toBe('ada')
      expect(await visit(read('theme'))).toBeUndefined()
      await visit(signOut)
      expect(await visit(read('user'))).toBeUndefined()
    })

    it('keeps what parallel requests write under different names', async () => {
      const { visit } = await openApplication()
      await visit(signIn)
      const names = ['a', 'b', 'c', 'd', 'e']
      let waiting = names.length
      const all = gate()
      await Promise.all(
        names.map((name) =>
          visit(async ({ session }) => {
            session[name] = name
            waiting -= 1
            if (waiting === 0) all.open()
            await all.pass()
          }),
        ),
      )
      expect(await visit(({ session }) => names.map((name) => session[name]))).toEqual(names)
    })

    for (const [what, change] of Object.entries({ 'changes the session': 'late', 'only reads it': undefined })) {
      it(`does not bring back a session that ends while a slow request ${what}`, async () => {
        const { visit } = await openApplication()
        await visit(signIn)
        await visit(async ({ session }) => {
          if (change) session['change'] = change
          await visit(signOut)
        })
        expect(await visit(({ session }) => [session['user'], session['change']])).toEqual([null, null])
      })
    }

    it('keeps what is written while a slow request only reads', async () => {
      const { visit } = await openApplication()
      await visit(signIn)
      await visit(async ({ session }) => {
        expect(session['user']).toBe('ada')
        await visit(({ session }) => void (session['change'] = 'kept'))
      })
      expect(await visit(read('change'))).toBe('kept')
    })

    it('forgets a session when its time is over, and not while it is in use', async () => {
      const { visit } = await openApplication()
      await visit(signIn)
      if (!other.realTime) {
        for (let visits = 1; visits <= 3; visits++) {
          await advance(maxAge * 0.7)
          expect(await visit(read('user'))).toBe('ada')
        }
      }
      await advance(maxAge + 1_000) // some stores count in whole seconds
      expect(await visit(read('user'))).toBeUndefined()
    })
  })
}

async function answer(handler: Handler, request: AppRequest, response: ServerResponse, error: unknown): Promise<void> {
  const outcome = error
    ? { status: inspect(error) }
    : await Promise.resolve(handler(request)).then(
        (answer) => ({ status: 'done', answer }),
        (problem: unknown) => ({ status: String(problem) }),
      )
  response.end(JSON.stringify(outcome))
}

function called(call: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(new Error('failed', { cause: error })) : resolve()))
  })
}
