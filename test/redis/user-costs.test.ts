import { createSessions, newHandle, type Sessions } from 'sessera'
import { redisStore } from 'sessera/redis'
import { expect, it, onTestFinished } from 'vitest'
import { Browser, type Data } from '../support/browser.js'
import { testClients } from '../support/redis-clients.js'
import { redisInTests } from '../support/servers/redis-in-tests.js'
import { startCountingLink } from './costs/counting-link.js'

// Costs must not depend on what else is in the server: `KEYS=1000000 npx vitest run test/redis/user-costs.test.ts`.
const otherKeys = process.env['KEYS'] ?? '10000'
const server = await redisInTests('--enable-debug-command', 'yes')
await server.command('DEBUG', 'POPULATE', otherKeys, 'other', '100')

type Cost = { readonly commands: string; readonly roundTrips: number }
type Work = (sessions: Sessions<Data>, user: string) => Promise<unknown>

/** What `work` costs until it resolves, for a user with five sessions, once it has run for another one. */
async function costOf(connect: (typeof testClients)[number]['connect'], work: Work): Promise<Cost> {
  const link = await startCountingLink(server.port)
  onTestFinished(() => link.stop())
  const { client, close } = await connect(`redis://127.0.0.1:${link.port}`)
  onTestFinished(close)
  const sessions = createSessions<Data>({ store: redisStore({ client }), deadline: '10s' })
  for (let round = 0; ; round++) {
    const user = newHandle()
    for (let time = 0; time < 5; time++) await signIn(sessions, user)
    link.take()
    await work(sessions, user)
    const { commands, roundTrips } = link.take()
    if (round > 0) return { commands: commands.join(' '), roundTrips }
  }
}

const signIn: Work = (sessions, user) => new Browser().visit(sessions, (session) => session.signIn(user))

it.each(testClients)(
  'a list of five sessions, and ending them, takes at most three round trips: $name',
  async ({ connect }) => {
    const list = await costOf(connect, (sessions, user) => sessions.user(user).list())
    const end = await costOf(connect, (sessions, user) => sessions.user(user).end())
    const another = await costOf(connect, signIn)
    console.log(`${otherKeys} other keys:`, { list, end, another })
    for (const { roundTrips } of [list, end]) expect(roundTrips).toBeLessThanOrEqual(3)
    expect(another.roundTrips).toBeLessThanOrEqual(2)
    expect(another.commands.split(' ').length).toBeLessThanOrEqual(4)
  },
)

it('a user with one session takes at most 130 bytes in the index', async () => {
  const { client, close } = await testClients[0]!.connect(server.url)
  onTestFinished(close)
  await server.command('FLUSHALL')
  await signIn(createSessions<Data>({ store: redisStore({ client }) }), 'ada')
  const [key = '', ...others] = (await server.command('KEYS', '*:@*')) as string[]
  expect(others).toEqual([])
  expect(await server.command('MEMORY', 'USAGE', key)).toBeLessThanOrEqual(130)
})
