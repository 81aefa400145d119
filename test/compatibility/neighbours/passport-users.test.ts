import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { session } from 'sessera/express-session'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openBrowser, type Browser } from '../../../src/testing/browser.js'
import { formPost } from '../../support/form.js'
import { hasPackages } from '../../support/packages.js'
import { endProcess, endWithUs, firstOf, showErrors } from '../../support/processes.js'
import { redisInTests } from '../../support/servers/redis-in-tests.js'
import { compileProgram } from '../../support/compile-program.js'

const server = await redisInTests()
beforeEach(async () => void (await server.command('FLUSHALL')))

const children: ChildProcess[] = []
const program = await compileProgram(new URL('passport-backend.ts', import.meta.url))

/** A process of its own until the tests are over; resolves to its origin. */
async function startBackend(): Promise<string> {
  const child = fork(program, [String(server.port)], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  endWithUs(child)
  children.push(child)
  showErrors(child)
  return `http://127.0.0.1:${String(await firstOf(child, once(child, 'message')))}`
}

async function signIn(origin: string, user: number, path = '/sign-in'): Promise<Browser> {
  const browser = openBrowser(origin)
  const { status } = await browser.visit(path, formPost({ username: String(user), password: 'right' }))
  expect(status).toBe(302)
  return browser
}

const whoIs = async (browser: Browser): Promise<unknown> => JSON.parse((await browser.visit('/')).body)
const listOf = async (browser: Browser): Promise<session.UserSessionInfo[]> =>
  JSON.parse((await browser.visit('/sessions')).body)

describe.skipIf(!(await hasPackages('compatibility')))('Passport on two processes', { timeout: 60_000 }, () => {
  let [one, other] = ['', '']
  beforeAll(async () => {
    ;[one, other] = await Promise.all([startBackend(), startBackend()])
  }, 120_000)
  afterAll(async () => void (await Promise.all(children.map((child) => endProcess(child)))))

  it('lists the sessions of a user, ends one, and ends all', async () => {
    const [phone, laptop, hers] = [
      await signIn(one, 1),
      await signIn(other, 1, '/sign-in/keeping'),
      await signIn(one, 2),
    ]
    const list = await listOf(laptop)
    expect(list.map(({ userId, current }) => ({ userId, current }))).toEqual([
      { userId: '1', current: true },
      { userId: '1', current: false },
    ])
    const [of2] = await listOf(hers)
    expect((await laptop.visit('/end', formPost({ handle: of2!.handle }))).body).toBe('false')
    expect((await laptop.visit('/end', formPost({ handle: list[1]!.handle }))).body).toBe('true')
    expect(await Promise.all([phone, laptop, hers].map(whoIs))).toEqual([0, 1, 2])

    await signIn(one, 1)
    expect(await listOf(laptop)).toHaveLength(2)
    expect((await laptop.visit('/end-all', { method: 'POST' })).body).toBe('2')
    expect(await Promise.all([phone, laptop, hers].map(whoIs))).toEqual([0, 0, 2])
    expect(await listOf(await signIn(one, 1))).toHaveLength(1)
  })

  it('forgets who signs out, and keeps a limit', async () => {
    const [phone, laptop] = [await signIn(one, 9), await signIn(other, 9)]
    expect((await laptop.visit('/sign-out', { method: 'POST' })).status).toBe(302)
    expect(await listOf(phone)).toHaveLength(1)
    const [tablet, watch] = [await signIn(other, 9), await signIn(one, 9)]
    expect(await Promise.all([phone, laptop, tablet, watch].map(whoIs))).toEqual([0, 0, 9, 9])
  })
})
