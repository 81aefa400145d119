import assert from 'node:assert/strict'
import { createSessions, type Handle, isHandle, memoryStore, type Sessions } from 'sessera'
import type { AdapterData, AdapterHarness, AdapterRoutes } from '../adapter-harness.js'
import { type Answer, type Browser, openBrowser } from '../browser.js'
import type { ConformanceCase } from '../case.js'
import { type FakeClock, fakeClock } from '../clock.js'
import type { Gate } from '../gate.js'
import { watch, type WatchedStore } from './watched-store.js'

/** What a case works with: an application that is served, and somebody who visits it. */
export interface Stage {
  readonly browser: Browser
  /** Somebody else, or the same visitor in another window when given the jar of the first. */
  another(jar?: ReadonlyMap<string, string>): Browser
  readonly store: WatchedStore
  readonly clock: FakeClock
  readonly sessions: Sessions<AdapterData>
  /** Whether something is done although nothing but `visits` other visits are made meanwhile; what waits for a gate is not. */
  isDone(something: Promise<unknown>, visits?: number): Promise<boolean>
  /** Waits until somebody stands at the gate; where nobody comes, fails the case. */
  until(held: Gate): Promise<void>
}

/** What somebody sees of a session. */
export interface View {
  readonly userId?: string
  readonly data: AdapterData
}

/** Routes that every case has, besides its own. */
const commonRoutes: AdapterRoutes = {
  '/plain': () => ({ body: 'plain' }),
  '/look': ({ userId, data }) => ({ body: JSON.stringify({ userId, data }) }),
  '/dark': ({ data }) => {
    data.theme = 'dark'
    return {}
  },
  '/sign-in': (session) => {
    session.signIn('ada', { keep: ['theme'] })
    return {}
  },
  '/sign-out': (session) => {
    session.end()
    return {}
  },
}

type Serve = (routes?: AdapterRoutes, mounts?: number) => Promise<Stage>

/** Gives the function that makes the cases of one group; each serves an application of its own. */
export function adapterCase(harness: AdapterHarness, group: string) {
  return (name: string, run: (serve: Serve) => Promise<void>): ConformanceCase => ({
    group,
    name,
    run: async () => {
      const closing: (() => Promise<void>)[] = []
      try {
        await run((routes, mounts) => setStage(harness, closing, routes, mounts))
      } finally {
        for (const close of closing) await close()
      }
    },
  })
}

async function setStage(
  harness: AdapterHarness,
  closing: (() => Promise<void>)[],
  routes: AdapterRoutes = {},
  mounts = 1,
): Promise<Stage> {
  const clock = fakeClock()
  const store = watch(memoryStore({ now: clock.now }))
  // The deadline is for real stores; here it would only fail a slow machine.
  const sessions = createSessions<AdapterData>({ store, cookie: { secure: false }, deadline: '10m' })
  const { origin, close } = await harness.serve(sessions, { ...commonRoutes, ...routes }, mounts)
  closing.push(async () => {
    store.openAll()
    await close()
    await sessions.close()
  })
  const isDone = (something: Promise<unknown>, visits = 100): Promise<boolean> =>
    isDoneMeanwhile(something, openBrowser(origin), visits)
  return {
    browser: openBrowser(origin),
    another(jar = new Map()) {
      const browser = openBrowser(origin)
      for (const [name, value] of jar) browser.jar.set(name, value)
      return browser
    },
    store,
    clock,
    sessions,
    isDone,
    async until({ reached }) {
      assert.ok(await isDone(reached), 'nobody came to where this case waits')
    },
  }
}

async function isDoneMeanwhile(something: Promise<unknown>, other: Browser, visits: number): Promise<boolean> {
  let done = false
  const note = (): void => void (done = true)
  something.then(note, note)
  for (let visit = 0; visit < visits && !done; visit++) await other.visit('/plain')
  return done
}

/** What a browser, or whoever has this `Cookie` header, sees of the session. */
export async function look(browser: Browser, cookie?: string): Promise<View> {
  const answer = await browser.visit('/look', cookie === undefined ? {} : { cookie })
  assert.equal(answer.status, 200, 'a session that can be read must be served')
  return JSON.parse(answer.body) as View
}

/** The answer, which must be a success. */
export async function succeed(browser: Browser, path: string): Promise<Answer> {
  const answer = await browser.visit(path)
  assert.ok(answer.status < 400, `${path} was answered with ${answer.status}`)
  return answer
}

/** The handle of the session whose token the browser holds. */
export function handleIn({ jar }: Browser): Handle {
  const [handle = ''] = (jar.get('session') ?? '').split('.')
  assert.ok(isHandle(handle), 'the browser holds no token')
  return handle
}
