import { createSessions, type Sessions } from 'sessera'
import { redisStore } from 'sessera/redis'
import { expect, it, onTestFinished } from 'vitest'
import { Browser, type Data } from '../support/browser.js'
import { testClients } from '../support/redis-clients.js'
import { redisInTests } from '../support/servers/redis-in-tests.js'

// How long each command takes in the server: `SESSIONS=100000 npx vitest run test/redis/many-sessions.test.ts`.
const size = Number(process.env['SESSIONS'] ?? 1_000)
const server = await redisInTests()

/** The names of all sessions there are, page by page. */
async function listAll(sessions: Sessions<Data>): Promise<string[]> {
  const handles: string[] = []
  let after: string | undefined
  do {
    const page = await sessions.list({ after })
    handles.push(...page.sessions.map(({ handle }) => handle))
    after = page.after
  } while (after !== undefined)
  return handles
}

/** What `work` gave, and by Redis's own statistics how many commands it took. Prints how long each kind took, in microseconds. */
async function counted<Result>(name: string, work: () => Promise<Result>): Promise<{ result: Result; calls: number }> {
  await server.command('CONFIG', 'RESETSTAT')
  const result = await work()
  const statistics = String(await server.command('INFO', 'commandstats'))
  const rows = [...statistics.matchAll(/cmdstat_(evalsha|scan|mget|get|set):calls=(\d+),.*?usec_per_call=([\d.]+)/g)]
  console.log(name, rows.map(([, command, calls, each]) => `${command} ${calls} × ${each} µs`).join(', '))
  return { result, calls: rows.reduce((sum, [, , calls]) => sum + Number(calls), 0) }
}

it(
  `lists and ends ${size} sessions of one user page by page, at a cost that grows with their number only`,
  async () => {
    const { client, close } = await testClients[0]!.connect(server.url)
    onTestFinished(close)
    const sessions = createSessions<Data>({ store: redisStore({ client }), deadline: '120s' })
    const signIn = (): Promise<unknown> => new Browser().visit(sessions, (session) => session.signIn('ada'))
    const user = sessions.user('ada')
    for (let start = 0; start < size; start += 100) await Promise.all(Array.from({ length: 100 }, signIn))

    const all = await counted('all sessions', () => listAll(sessions))
    expect(new Set(all.result).size).toBe(size)
    const listed = await counted('list', () => user.list())
    expect(new Set(listed.result.map(({ handle }) => handle))).toEqual(new Set(all.result))
    for (const { calls } of [all, listed]) expect(calls).toBeLessThanOrEqual(10 + size / 40)

    const ended = await counted('end', () => user.end())
    expect(ended.result).toBe(size)
    expect(ended.calls).toBeLessThanOrEqual(10 + 1.1 * size)
    expect(await listAll(sessions)).toEqual([])
    await signIn()
    expect(await user.count()).toBe(1)
  },
  Math.max(30_000, 2 * size),
)
