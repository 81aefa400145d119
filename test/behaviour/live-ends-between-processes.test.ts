import { fork, type ChildProcess } from 'node:child_process'
import { on, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessions, type EndedSession, type Handle, type Sessions, type SessionStore } from 'sessera'
import { lmdbStore } from 'sessera/lmdb'
import { redisStore } from 'sessera/redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Browser, type Data } from '../support/browser.js'
import { testClients } from '../support/redis-clients.js'
import { endProcess } from '../support/processes.js'
import { redisInTests } from '../support/servers/redis-in-tests.js'
import { compileProgram } from '../support/compile-program.js'

const server = await redisInTests()
const rounds = 40

const places = {
  async lmdb() {
    const path = mkdtempSync(join(tmpdir(), 'sessera-ends-'))
    onTestFinished(() => rmSync(path, { recursive: true, force: true }))
    return { place: path, store: lmdbStore({ path }) }
  },
  'node-redis': () => onRedis('node-redis'),
  ioredis: () => onRedis('ioredis'),
}

async function onRedis(name: string): Promise<{ place: string; store: SessionStore }> {
  const { client, close } = await testClients.find((one) => one.name === name)!.connect(server.url)
  onTestFinished(close)
  return { place: server.url, store: redisStore({ client }) }
}

const script = await compileProgram(new URL('../support/listening-process.ts', import.meta.url))

interface Listening {
  readonly child: ChildProcess
  /** What the process says next. */
  heard(): Promise<unknown>
}

async function startListening(kind: string, place: string): Promise<Listening> {
  const child = fork(script, [kind, place])
  onTestFinished(() => endProcess(child, 'SIGKILL'))
  const messages = on(child, 'message', { close: ['exit'] })
  const heard = async (): Promise<unknown> => ((await messages.next()).value as unknown[] | undefined)?.[0]
  expect(await heard()).toBe('ready')
  return { child, heard }
}

async function signIn(sessions: Sessions<Data>): Promise<Handle> {
  const browser = new Browser()
  await browser.visit(sessions, (session) => session.signIn('ada'))
  return (await browser.arrive(sessions)).session.handle!
}

interface Told {
  readonly reason: string
  readonly delayMs: number
}

describe.each(Object.entries(places))('between processes, on %s, onEnd', { timeout: 60_000 }, (kind, openPlace) => {
  it('tells at once what another process has ended, and nothing keeps its process running after close', async () => {
    const { place, store } = await openPlace()
    const sessions = createSessions<Data>({ store, deadline: '10s' })
    onTestFinished(() => sessions.close())
    const { child, heard } = await startListening(kind, place)

    async function endOne(): Promise<Told> {
      const handle = await signIn(sessions)
      child.send(handle)
      expect(await heard()).toBe('listening')
      await sessions.end(handle)
      const ended = Date.now()
      const { at, ...end } = (await heard()) as EndedSession & { readonly at: number }
      expect(end).toMatchObject({ handle, userId: 'ada' })
      return { reason: end.reason, delayMs: at - ended }
    }

    while ((await endOne()).reason === 'gone'); // it is about to subscribe
    const told: Told[] = []
    while (told.length < rounds) told.push(await endOne())
    // A look may be faster than a message on a busy machine.
    expect(told.filter(({ reason }) => reason === 'administration').length).toBeGreaterThanOrEqual(rounds * 0.9)
    const delays = told.map(({ delayMs }) => delayMs).sort((one, other) => one - other)
    if (process.env['SHOW_DELAYS'])
      console.log(kind, 'p50', delays[rounds / 2], 'p90', delays[rounds * 0.9], 'max', delays.at(-1))
    expect(delays[rounds / 2]).toBeLessThan(1000)

    const exited = once(child, 'exit')
    child.send('close')
    expect(await exited).toEqual([0, null])
  })
})
