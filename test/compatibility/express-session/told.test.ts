import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { goThrough } from './bare.js'
import { onBoth } from './both.js'
import { ours, type Module } from './modules.js'
import { recordingStore } from './recording-store.js'

const execute = promisify(execFile)

/** What a process says on stderr that runs a program of alone.ts with this environment. */
async function tell(session: Module, program: string, environment: Record<string, string>): Promise<string> {
  const script = fileURLToPath(new URL('alone.ts', import.meta.url))
  const { DEBUG: _debug, NODE_ENV: _mode, NO_DEPRECATION: _quiet, ...env } = process.env
  const name = session === ours ? 'ours' : 'original'
  const { stderr } = await execute(process.execPath, ['--import', 'tsx', script, name, program], {
    env: { ...env, ...environment },
  })
  return stderr
}

/** The messages of debug, by the step that they belong to. */
async function narrated(session: Module): Promise<Record<string, string[]>> {
  const text = await tell(session, 'narrate', { DEBUG: 'express-session', DEBUG_COLORS: 'no', NO_DEPRECATION: '*' })
  const steps: Record<string, string[]> = {}
  for (const part of text.split(/^# /m).slice(1)) {
    const [step = '', ...lines] = part.split('\n')
    steps[step] = lines.flatMap((line) => / express-session (.+?)(?: \+\d+ms)?$/.exec(line)?.[1] ?? [])
  }
  return steps
}

const setCookie = /^set-cookie /
const [fetching, saving, reloading, destroying] = [/^fetching ./, /^saving ./, /^reloading ./, /^destroying\b/]

/** Of each step, what is to be told, in any order. */
const lines: Record<string, readonly (string | RegExp)[]> = {
  '-new': ['no SID sent, generating session', saving, setCookie],
  '-read': [fetching, 'session found', 'touching', 'touched'],
  '-save': [fetching, 'session found', saving, 'touching', 'touched'],
  '-reload': [fetching, 'session found', reloading, 'touching', 'touched'],
  '-split': [fetching, 'session found', saving],
  '-bogus': [fetching, 'session found', 'session ignored because of bogus req.sessionID 42'],
  '-destroy': [fetching, 'session found', destroying, 'destroyed', 'no session'],
  '-unset': [fetching, 'session found', destroying, 'destroyed', 'no session'],
  '-missing': [fetching, 'no session found'],
  '-failing': [fetching, /^error /, 'no session'],
  '-insecure': ['no SID sent, generating session', 'not secured', saving],
  '-unsigned': ['cookie unsigned', 'no SID sent, generating session'],
  '-forged': ['cookie signature invalid', 'no SID sent, generating session'],
  elsewhere: ['pathname mismatch'],
  '-disconnected': ['store is disconnected'],
}

/** Listens to what depd would else print. */
function listenForDeprecations(): { readonly namespace: string; readonly message: string }[] {
  const heard: { namespace: string; message: string }[] = []
  const listener = (deprecation: { namespace: string; message: string }): void => void heard.push(deprecation)
  process.on('deprecation', listener)
  onTestFinished(() => void process.off('deprecation', listener))
  return heard
}

onBoth((session) => {
  const complete = { secret: 'keyboard cat', resave: false, saveUninitialized: false }

  describe('DEBUG=express-session', () => {
    it('tells step by step what becomes of a request', async () => {
      const steps = await narrated(session)
      const told = Object.entries(lines).map(([step, expected]) => {
        const missing = expected.filter(
          (line) => !steps[step]?.some((text) => (typeof line === 'string' ? text === line : line.test(text))),
        )
        return [step, missing.map(String)]
      })
      expect(Object.fromEntries(told)).toEqual(Object.fromEntries(Object.keys(lines).map((step) => [step, []])))
    })
  })

  describe('a deprecation', () => {
    it.each([
      ['resave is undefined', { ...complete, resave: undefined }, /resave/],
      ['saveUninitialized is undefined', { ...complete, saveUninitialized: undefined }, /saveUninitialized/],
      ['there is no secret', { ...complete, secret: undefined }, /secret/],
    ])('is told when %s', (_what, options, text) => {
      const heard = listenForDeprecations()
      session(complete)
      expect(heard).toEqual([])
      session(options)
      expect(heard).toMatchObject([{ namespace: 'express-session', message: expect.stringMatching(text) }])
    })

    it('is told when maxAge is set to a Date', () => {
      const heard = listenForDeprecations()
      const cookie = new session.Cookie({ maxAge: 1000 })
      cookie.maxAge = new Date() as never
      expect(heard).toMatchObject([{ namespace: 'express-session', message: expect.stringMatching(/maxAge/) }])
    })

    it.each([
      ['signedCookies', { signedCookies: { 'connect.sid': 'apple' } }],
      ['cookies', { cookies: { 'connect.sid': 's:apple.D8Y+pkTAmeR0PobOhY4G97PRW+j7bUnP/5m6/On1MCU' } }],
    ])('is told when the id comes from req.%s', async (_name, request) => {
      const heard = listenForDeprecations()
      const middleware = session(complete)
      await goThrough(middleware, { cookies: { 'connect.sid': 's:forged' }, signedCookies: {} })
      expect(heard).toEqual([])
      const { sessionID } = await goThrough(middleware, request)
      expect(sessionID).not.toBe('apple') // it is not stored
      expect(heard).toMatchObject([{ namespace: 'express-session', message: expect.stringMatching(/cookie/i) }])
    })

    it('is printed with the line of the application, once', async () => {
      const printed = await tell(session, 'make', {})
      const deprecations = printed.split('\n').filter((line) => line.includes(' express-session deprecated '))
      expect(deprecations).toHaveLength(3)
      for (const line of deprecations) expect(line).toMatch(/ at \S*alone\.ts:\d+:\d+$/)
    })
  })

  describe('a MemoryStore', () => {
    it('is warned of in production, for each middleware that uses one; NO_DEPRECATION keeps the rest quiet', async () => {
      const printed = await tell(session, 'make', { NODE_ENV: 'production', NO_DEPRECATION: 'express-session' })
      expect(printed.match(/memory/g)).toHaveLength(2)
      expect(printed).not.toContain('deprecated')
    })

    it('is not warned of when the process did not begin in production', () => {
      const warn = vi.spyOn(console, 'warn')
      vi.stubEnv('NODE_ENV', 'production')
      onTestFinished(() => {
        warn.mockRestore()
        vi.unstubAllEnvs()
      })
      session(complete)
      session({ ...complete, store: recordingStore(session) })
      expect(warn).not.toHaveBeenCalled()
    })
  })
})
