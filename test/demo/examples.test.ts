import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { openBrowser } from '../../src/testing/browser.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

function run(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: root,
    env: { ...process.env, PORT: '0', NODE_TEST_CONTEXT: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const closed = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await closed
  })
  return { child, closed, printed: () => printed }
}

it('express.ts signs in, fills a cart and signs out', async () => {
  const example = run('examples/express.ts')
  await Promise.race([once(example.child.stdout, 'data'), example.closed])
  const [address = ''] = /http:\S+/.exec(example.printed()) ?? []
  expect(example.printed()).toBe(`Listening on ${address}\n`)

  const browser = openBrowser(address)
  const post = async (path: string, body?: object): Promise<number> => {
    const json = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    return (await browser.visit(path, { method: 'POST', ...json })).status
  }
  const home = async (): Promise<unknown> => JSON.parse((await browser.visit('/')).body)

  expect(await home()).toEqual({ user: null, cart: [] })
  expect(browser.cookies()).toBe('')
  expect(await post('/cart', { item: 'apples' })).toBe(204)
  const before = browser.cookies()
  expect(await post('/sign-in', { user: 'ada', password: 'wrong' })).toBe(401)
  expect(await post('/sign-in', { user: 'nobody' })).toBe(401)
  expect(await post('/sign-in')).toBe(401)
  expect(await home()).toEqual({ user: null, cart: ['apples'] })
  expect(await post('/sign-in', { user: 'ada', password: 'lovelace' })).toBe(302)
  expect(browser.cookies()).not.toBe(before)
  expect(await home()).toEqual({ user: 'ada', cart: ['apples'] })
  expect(await post('/sign-out')).toBe(302)
  expect(await home()).toEqual({ user: null, cart: [] })
}, 40_000)

it('own-store.ts keeps the contract of a store', async () => {
  const example = run('--test', 'examples/own-store.ts')
  await example.closed
  expect(example.printed()).toMatch(/^# pass [1-9]/m)
  expect(example.printed()).toMatch(/^# fail 0$/m)
  expect(example.child.exitCode).toBe(0)
}, 60_000)
