import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { firstOf, showErrors } from '../support/processes.js'
import { type RedisServer, startRedis } from '../support/servers/redis.js'
import { createVisitor, type Demo, endDemo, isAlive, startDemo } from './demo.js'
import { listenInTest } from '../support/listen-in-test.js'

const patience = { timeout: 40_000, interval: 100 }
const three = [1, 2, 3]

describe.each(['the embedded store', 'Redis'])('the fleet on %s', { timeout: 60_000 }, (kind) => {
  let redis: RedisServer | undefined
  let demo: Demo
  let address: string

  beforeAll(async () => {
    if (kind === 'Redis') redis = await startRedis()
    demo = startDemo(redis && { REDIS_URL: redis.url })
    address = await demo.ready
  }, 60_000)

  afterAll(async () => {
    await endDemo(demo)
    await redis?.stop()
  })

  it('spreads requests one by one over three processes', async () => {
    const visitor = createVisitor(address)
    const answers = []
    for (let turn = 0; turn < 6; turn += 1) answers.push(await visitor.send('GET', '/api/me'))
    const order = answers.map(({ backend }) => backend)
    expect(new Set(order)).toEqual(new Set(three))
    expect(order.slice(3)).toEqual(order.slice(0, 3))
    const pids = answers[0]!.pids as number[]
    expect(new Set([...pids, demo.child.pid]).size).toBe(4)
    expect(pids.every(isAlive)).toBe(true)
  })

  it('keeps its sessions where it says', async () => {
    await createVisitor(address).send('POST', '/api/visits')
    const [folder] = readdirSync(demo.temporary)
    const isEmbedded = readdirSync(`${demo.temporary}/${folder}`).includes('sessions.mdb')
    const inRedis = redis ? await redis.command('DBSIZE') : 0
    expect(isEmbedded).toBe(kind === 'the embedded store')
    expect(inRedis !== 0).toBe(kind === 'Redis')
  })

  it('tells a stranger nulls, and sets no cookie', async () => {
    const { status, headers, backend, body } = await createVisitor(address).send('GET', '/api/me')
    expect(status).toBe(200)
    expect(body).toEqual({ userId: null, handle: null, backend, visits: null, cart: null })
    expect(headers['set-cookie']).toBeUndefined()
  })

  it('signs in on all backends at once, under the same handle, and keeps the cart', async () => {
    const visitor = createVisitor(address)
    await visitor.send('POST', '/api/cart', { item: 'apples' })
    const { handle } = await visitor.me()
    expect((await visitor.send('POST', '/api/login', { user: 'ada' })).status).toBe(200)
    await visitor.send('POST', '/api/cart', { item: 'pears' })
    const rest = { userId: 'ada', handle, visits: 0, cart: ['apples', 'pears'] }
    expect(await visitor.everywhere()).toEqual(three.map((backend) => ({ ...rest, backend })))
  })

  it('signs out on all backends at once', async () => {
    const visitor = createVisitor(address)
    await visitor.send('POST', '/api/login', { user: 'ada' })
    expect((await visitor.send('POST', '/api/logout')).status).toBe(200)
    for (const me of await visitor.everywhere()) expect(me).toMatchObject({ userId: null, handle: null })
  })

  it('counts 60 visits at once exactly', async () => {
    const visitor = createVisitor(address)
    await visitor.send('POST', '/api/login', { user: 'ada' })
    const answers = await Promise.all(Array.from({ length: 60 }, () => visitor.send('POST', '/api/visits')))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 60 }, () => 200))
    expect((await visitor.me()).visits).toBe(60)
    expect(three.map((number) => answers.filter(({ backend }) => backend === number).length)).toEqual([20, 20, 20])
  })

  it.each([
    ['broken JSON', '/api/login', '{"user":', 400],
    ['no user', '/api/login', {}, 400],
    ['a user that is no text', '/api/login', { user: { $ne: '' } }, 400],
    ['an empty user', '/api/login', { user: ' ' }, 400],
    ['a user that is too long', '/api/login', { user: 'a'.repeat(65) }, 400],
    ['no item', '/api/cart', {}, 400],
    ['an item that is too long', '/api/cart', { item: 'a'.repeat(81) }, 400],
    ['JSON that is no object', '/api/cart', '[1]', 400],
    ['an empty body', '/api/cart', undefined, 400],
    ['a body that is too long', '/api/cart', { item: 'a'.repeat(300_000) }, 413],
    ['an unknown path', '/api/nothing', {}, 404],
    ['an unknown backend', '/api/backends/4/stop', undefined, 404],
  ])('refuses %s with a message, from a backend', async (_, path, body, status) => {
    const answer = await createVisitor(address).send('POST', path, body)
    expect(answer.status).toBe(status)
    expect(answer.body.error).toMatch(/^[A-Z"].+\.$/)
    expect(three).toContain(answer.backend)
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  it('loses no request, no visit and no session when a backend is stopped, and has it back after five seconds', async () => {
    const visitor = createVisitor(address)
    await visitor.send('POST', '/api/login', { user: 'ada' })
    const { pids: before } = await visitor.send('POST', '/api/cart', { item: 'apples' })
    const statuses = new Set<number>()
    let visits = 0
    const over = new AbortController()
    const traffic = Array.from({ length: 4 }, async () => {
      while (!over.signal.aborted) {
        visits += 1
        statuses.add((await visitor.send('POST', '/api/visits')).status)
      }
    })

    const stoppedAt = performance.now()
    const stop = await visitor.send('POST', '/api/backends/2/stop')
    expect(stop).toMatchObject({ status: 200, pids: [before[0], null, before[2]] })
    expect(stop.backend).not.toBe(2)
    expect(await visitor.send('GET', '/api/me')).toMatchObject({ pids: [before[0], null, before[2]] })
    await vi.waitFor(() => expect(isAlive(before[1]!)).toBe(false), patience)
    process.kill(before[2]!, 'SIGKILL') // and one without a word to the front

    await vi.waitFor(async () => expect((await visitor.send('GET', '/api/me')).pids).not.toContain(null), patience)
    expect(performance.now() - stoppedAt).toBeGreaterThan(4_000)
    over.abort()
    await Promise.all(traffic)

    expect([...statuses]).toEqual([200])
    const now = await visitor.send('GET', '/api/me')
    expect(now.body).toMatchObject({ userId: 'ada', visits, cart: ['apples'] })
    expect(now.pids[0]).toBe(before[0])
    expect(before).not.toContain(now.pids[1])
    expect(before).not.toContain(now.pids[2])
  }, 90_000)

  it('ends with all its processes on SIGTERM, and leaves nothing behind', async () => {
    const { pids } = await createVisitor(address).send('GET', '/api/me')
    demo.child.kill('SIGTERM')
    expect(await demo.ended).toBe(0)
    expect((pids as number[]).filter(isAlive)).toEqual([])
    expect(readdirSync(demo.temporary)).toEqual([])
  })
})

it('answers 503 while Redis is away, and goes on when it is back', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const demo = startDemo({ REDIS_URL: redis.url })
  onTestFinished(() => endDemo(demo))
  const visitor = createVisitor(await demo.ready)
  await visitor.send('POST', '/api/visits')

  await redis.kill()
  await vi.waitFor(async () => expect((await visitor.send('GET', '/api/me')).status).toBe(503), patience)
  const { backend, headers, body } = await visitor.send('GET', '/api/me')
  expect(three).toContain(backend)
  expect(body).toEqual({ error: 'The sessions are out of reach; try again in a moment.' })
  expect(headers['retry-after']).toBeDefined()

  await redis.restart()
  await vi.waitFor(async () => expect((await visitor.send('POST', '/api/visits')).status).toBe(200), patience)
}, 60_000)

it('counts a request once that the front sent twice', async () => {
  const data = mkdtempSync(join(tmpdir(), 'sessera-backend-'))
  const program = fileURLToPath(new URL('../../build/examples/fleet/backend.js', import.meta.url))
  const child = fork(program, ['1', '3'], {
    env: { ...process.env, REDIS_URL: '', FLEET_DATA: data },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  onTestFinished(async () => {
    if (child.connected) child.disconnect()
    if (child.exitCode === null) await once(child, 'exit')
    rmSync(data, { recursive: true })
  })
  showErrors(child)
  const { port } = (await firstOf(child, once(child, 'message'))) as { readonly port: number }
  const visitor = createVisitor(`http://127.0.0.1:${port}`)
  const visit = (key: string) => visitor.send('POST', '/api/visits', undefined, { 'idempotency-key': key })

  await visit('first')
  await visit('second')
  expect((await visit('second')).body.visits).toBe(2)
  expect((await visit('first')).body.visits).toBe(2)
  expect((await visit('third')).body.visits).toBe(3)
}, 60_000)

describe('starting and ending the fleet', () => {
  it('takes its backends along when it is killed', async () => {
    const demo = startDemo()
    const { pids } = await createVisitor(await demo.ready).send('GET', '/api/me')
    await endDemo(demo, 'SIGKILL')
    await vi.waitFor(() => expect((pids as number[]).filter(isAlive)).toEqual([]), patience)
  }, 90_000)

  it('says in one line that the port is in use', async () => {
    const { port } = await listenInTest(createServer())
    expect(await refusal({ PORT: String(port) })).toBe(
      `Port ${port} is in use: set PORT to another one, or to 0 for any that is free.\n`,
    )
  }, 60_000)

  it.each([
    ['PORT is no port', { PORT: 'http' }, 'PORT must be a number from 0 to 65535, not "http".\n'],
    [
      'Redis does not listen',
      { REDIS_URL: 'redis://user:password@127.0.0.1:1' },
      'Redis at REDIS_URL cannot be reached: connect ECONNREFUSED 127.0.0.1:1.\n',
    ],
    ['REDIS_URL is no address', { REDIS_URL: 'redis' }, 'Redis at REDIS_URL cannot be reached: Invalid URL.\n'],
  ])(
    'says in one line that %s',
    async (_, environment, message) => {
      expect(await refusal(environment)).toBe(message)
    },
    60_000,
  )

  async function refusal(environment: Readonly<Record<string, string>>): Promise<string> {
    const demo = startDemo(environment)
    expect(await demo.ended).toBe(1)
    await demo.ready.catch(() => {}) // everything that it printed has arrived
    expect(readdirSync(demo.temporary)).toEqual([])
    await endDemo(demo)
    return demo.complaints()
  }
})
