import { Controller, Module, Sse, type DynamicModule, type INestApplication, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { Test } from '@nestjs/testing'
import { of } from 'rxjs'
import { createSessions, memoryStore, type Session, type Sessions, type SessionStore } from 'sessera'
import { CurrentSession, requireUser, SESSIONS, SessionsModule, type SessionsModuleOptions } from 'sessera/nest'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { adapterOf, controllerOf, moduleOf, platforms, quiet, start } from './nest-harness.js'

function makeSessions(store: SessionStore = memoryStore()): Sessions {
  return createSessions({ store, cookie: { secure: false } })
}

const brokenStore = (): SessionStore => ({ ...memoryStore(), insert: () => Promise.reject(new Error('down')) })
const visit = controllerOf('/visit', ({ data }) => String((data['visits'] = Number(data['visits'] ?? 0) + 1)))

async function listen(app: INestApplication): Promise<Browser> {
  onTestFinished(() => app.close())
  await app.listen(0, '127.0.0.1')
  return openBrowser(await app.getUrl())
}

async function expectVisits(app: INestApplication): Promise<void> {
  const browser = await listen(app)
  for (const visits of ['1', '2']) expect((await browser.visit('/visit')).body).toBe(visits)
}

describe.each(platforms)('SessionsModule on %s', (platform) => {
  const open = async (imported: DynamicModule, ...controllers: Type[]): Promise<Browser> =>
    listen(await start(platform, moduleOf([imported], controllers)))

  it('takes options from other providers, and gives the sessions to them', async () => {
    const sessions = makeSessions()
    class Store {
      readonly sessions = sessions
    }
    class Stores {}
    Module({ providers: [Store], exports: [Store] })(Stores)
    const imported = SessionsModule.forRootAsync({
      imports: [Stores],
      inject: [Store],
      useFactory: async (store: Store) => ({ sessions: store.sessions }),
    })
    const app = await start(platform, moduleOf([imported], [visit]))
    expect(app.get(SESSIONS)).toBe(sessions)
    await expectVisits(app)
  })

  it('works in a testing module, which gets its platform after its providers', async () => {
    const module = moduleOf([SessionsModule.forRoot({ sessions: makeSessions() })], [visit])
    const compiled = await Test.createTestingModule({ imports: [module] }).compile()
    await expectVisits(compiled.createNestApplication(adapterOf(platform), quiet))
  })

  it.each<[string, Partial<SessionsModuleOptions>]>([
    ['sessions', {}],
    ['sessions', { sessions: memoryStore() as never }],
    ['onOutage', { sessions: makeSessions(), onOutage: 'ignore' as never }],
    ['prefix', { sessions: makeSessions(), prefix: '/' } as never],
  ])('does not start with a wrong option: %s', async (option, options) => {
    const started = start(platform, moduleOf([SessionsModule.forRoot(options as SessionsModuleOptions)]))
    await expect(started).rejects.toMatchObject({ code: 'INVALID_OPTION', option })
  })

  it('asks renew about the request', async () => {
    const asked: unknown[] = []
    const renew: SessionsModuleOptions['renew'] = ({ method, url, headers }) =>
      asked.push([method, url, headers['x-poll']]) < 0
    const browser = await open(SessionsModule.forRoot({ sessions: makeSessions(), renew }), visit)
    await browser.visit('/visit', { headers: { 'x-poll': 'yes' } })
    expect(asked).toEqual([['GET', '/visit', 'yes']])
  })

  it('stores the session before the first event of a stream of events', async () => {
    class Events {
      open(session: Session): unknown {
        session.data['visits'] = 7
        return of({ data: 'hello' })
      }
    }
    CurrentSession()(Events.prototype, 'open', 0)
    Sse('events')(Events.prototype, 'open', Object.getOwnPropertyDescriptor(Events.prototype, 'open')!)
    Controller()(Events)
    const browser = await open(SessionsModule.forRoot({ sessions: makeSessions() }), Events, visit)
    const { status, setCookies, body } = await browser.visit('/events')
    expect([status, setCookies, body]).toEqual([200, [expect.any(String)], expect.stringContaining('data: hello')])
    expect((await browser.visit('/visit')).body).toBe('8')
  })

  describe('responds to errors of Sessera', () => {
    async function ask(store: SessionStore, path: string) {
      const logged: unknown[] = []
      const logger = { log() {}, warn() {}, error: (message: unknown) => logged.push(message) }
      const account = controllerOf('/account', () => 'account', { guards: [requireUser()] })
      const imported = SessionsModule.forRoot({ sessions: makeSessions(store) })
      const app = await start(platform, moduleOf([imported], [account, visit]), { logger })
      const { status, headers, setCookies, body } = await (await listen(app)).visit(path)
      return { status, headers, setCookies, body: JSON.parse(body) as unknown, logged }
    }

    it('with their status, headers and code, and logs those of 500 and above', async () => {
      expect(await ask(brokenStore(), '/visit')).toMatchObject({
        status: 503,
        headers: { 'retry-after': '1', 'cache-control': 'private' },
        setCookies: [],
        body: { statusCode: 503, message: 'Service Unavailable', code: 'STORE_UNAVAILABLE' },
        logged: [{ code: 'STORE_UNAVAILABLE' }],
      })
    })

    it('and logs no visitor who is not signed in', async () => {
      const body = { statusCode: 401, message: 'Unauthorized', code: 'NOT_SIGNED_IN' }
      expect(await ask(memoryStore(), '/account')).toMatchObject({ status: 401, body, logged: [] })
    })
  })

  it('is missed by a handler that wants the session', async () => {
    const browser = await listen(await start(platform, moduleOf([], [visit])))
    expect((await browser.visit('/visit')).status).toBe(500)
  })
})

describe('SessionsModule', () => {
  it('gives the session to what main.ts mounts on Express', async () => {
    const app = await start('express', moduleOf([SessionsModule.forRoot({ sessions: makeSessions() })], [visit]))
    app.use(({ session }: { session: Session }, _response: unknown, next: () => void) => {
      session.data['visits'] = 4
      next()
    })
    expect((await (await listen(app)).visit('/visit')).body).toBe('5')
  })

  it('gives the sessions to an application without a platform', async () => {
    const sessions = makeSessions()
    const context = await NestFactory.createApplicationContext(moduleOf([SessionsModule.forRoot({ sessions })]), quiet)
    onTestFinished(() => context.close())
    expect(context.get(SESSIONS)).toBe(sessions)
  })
})
