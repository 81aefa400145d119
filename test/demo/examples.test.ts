import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

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

  let cookie = ''
  async function send(method: string, path: string, body?: unknown) {
    const response = await fetch(address + path, {
      method,
      redirect: 'manual',
      headers: { cookie, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const [setCookie] = response.headers.getSetCookie()
    if (setCookie) cookie = setCookie.slice(0, setCookie.indexOf(';'))
    return { status: response.status, text: await response.text() }
  }
  const home = async (): Promise<unknown> => JSON.parse((await send('GET', '/')).text)

  expect(await home()).toEqual({ user: null, cart: [] })
  expect(cookie).toBe('')
  expect((await send('POST', '/cart', { item: 'apples' })).status).toBe(204)
  const before = cookie
  expect((await send('POST', '/sign-in', { user: 'ada', password: 'wrong' })).status).toBe(401)
  expect((await send('POST', '/sign-in', { user: 'nobody' })).status).toBe(401)
  expect((await send('POST', '/sign-in')).status).toBe(401)
  expect(await home()).toEqual({ user: null, cart: ['apples'] })
  expect((await send('POST', '/sign-in', { user: 'ada', password: 'lovelace' })).status).toBe(302)
  expect(cookie).not.toBe(before)
  expect(await home()).toEqual({ user: 'ada', cart: ['apples'] })
  expect((await send('POST', '/sign-out')).status).toBe(302)
  expect(await home()).toEqual({ user: null, cart: [] })
}, 40_000)

it('own-store.ts keeps the contract of a store', async () => {
  const example = run('--test', 'examples/own-store.ts')
  await example.closed
  expect(example.printed()).toMatch(/^# pass [1-9]/m)
  expect(example.printed()).toMatch(/^# fail 0$/m)
  expect(example.child.exitCode).toBe(0)
}, 60_000)
