import assert from 'node:assert/strict'
import { createSessions, type Handle, isHandle, memoryStore, type Session, type Sessions } from 'sessera'
import type { AdapterData, AdapterHarness, AdapterRoute, AdapterRoutes } from '../adapter-harness.js'
import { type Browser, type BrowserResponse, openBrowser } from '../browser.js'
import type { ConformanceCase } from '../case.js'
import { type FakeClock, fakeClock } from '../clock.js'
import type { Gate } from '../gate.js'
import { watch, type WatchedStore } from './watched-store.js'

/** What a case works with: a running application and a browser. */
export interface Stage {
  readonly browser: Browser
  /** Another browser; with `jar`, one that starts with a copy of these cookies. */
  another(jar?: ReadonlyMap<string, string>): Browser
  readonly store: WatchedStore
  readonly clock: FakeClock
  readonly sessions: Sessions<AdapterData>
  /** Whether the promise settles within the time that `visits` other requests take. One that waits for a gate does not. */
  isDone(something: Promise<unknown>, visits?: number): Promise<boolean>
  /** Waits until the gate is reached; fails the case if it is not. */
  until(held: Gate): Promise<void>
}

/** What a browser sees of its session. */
export interface View {
  readonly userId?: string
  readonly data: AdapterData
}

/** Routes whose handlers may return nothing, for an empty response with status 200. */
export type CaseRoutes = Readonly<
  Record<string, (session: Session<AdapterData>) => ReturnType<AdapterRoute> | void | Promise<void>>
>

/** Routes that every case has besides its own. */
const commonRoutes: CaseRoutes = {
  '/plain': () => ({ body: 'plain' }),
  '/look': ({ userId, data }) => ({ body: JSON.stringify({ userId, data }) }),
  '/dark': ({ data }) => void (data.theme = 'dark'),
  '/sign-in': (session) => session.signIn('ada', { keep: ['theme'] }),
  '/sign-out': (session) => session.end(),
}

export type Serve = (routes?: CaseRoutes, mounts?: number) => Promise<Stage>

/** Returns the function that makes the cases of one group. Each case serves an application of its own. */
export function adapterCase(harness: AdapterHarness, group: string) {
  return (name: string, run: (serve: Serve) => Promise<void>, skip?: string): ConformanceCase => ({
    group,
    name,
    ...(skip !== undefined && { skip }),
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
  routes: CaseRoutes = {},
  mounts = 1,
): Promise<Stage> {
  const clock = fakeClock()
  const store = watch(memoryStore({ now: clock.now }))
  // A short deadline would only fail slow machines.
  const sessions = createSessions<AdapterData>({ store, cookie: { secure: false }, deadline: '10m' })
  const { origin, close } = await harness.serve(sessions, responding({ ...commonRoutes, ...routes }), mounts)
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
      assert.ok(await isDone(reached), 'the gate was never reached')
    },
  }
}

function responding(routes: CaseRoutes): AdapterRoutes {
  return Object.fromEntries(
    Object.entries(routes).map(([path, route]) => [path, async (session) => (await route(session)) ?? {}]),
  )
}

async function isDoneMeanwhile(something: Promise<unknown>, other: Browser, visits: number): Promise<boolean> {
  let done = false
  const note = (): void => void (done = true)
  something.then(note, note)
  for (let visit = 0; visit < visits && !done; visit++) await other.visit('/plain')
  return done
}

/** What the browser sees of its session, or what another sees with this `Cookie` header. */
export async function look(browser: Browser, cookie?: string): Promise<View> {
  const response = await browser.visit('/look', cookie === undefined ? {} : { cookie })
  assert.equal(response.status, 200, 'reading a session must succeed')
  return JSON.parse(response.body) as View
}

/** The response, which must not be an error. */
export async function succeed(browser: Browser, path: string): Promise<BrowserResponse> {
  const response = await browser.visit(path)
  assert.ok(response.status < 400, `${path} responded with ${response.status}`)
  return response
}

/** A body to be streamed. */
export async function* chunks(...texts: string[]): AsyncGenerator<string> {
  yield* texts
}

/** The handle in the browser's session cookie. */
export function handleIn({ jar }: Browser): Handle {
  const [handle = ''] = (jar.get('session') ?? '').split('.')
  assert.ok(isHandle(handle), 'the browser has no session cookie')
  return handle
}
