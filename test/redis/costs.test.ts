import type { RedisClient } from 'sessera/redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openBrowser } from '../../src/testing/browser.js'
import { findMissingPackages } from '../support/packages.js'
import { redisInTests } from '../support/servers/redis-in-tests.js'
import { libraries, type Library } from './clients/clients.js'
import { dropIn, dropInWithUsers, native, pair, type Kind, type StartBackend } from './costs/backends.js'
import { costs, costsWithUsers, visits, type Cost, type Subject, type Visit } from './costs/table.js'
import { startCountingLink, type CountingLink } from './costs/counting-link.js'

const server = await redisInTests()
const missing = await findMissingPackages('compatibility')

type Name = keyof typeof visits

type Client = RedisClient & { ping(): Promise<unknown> }

/** Connects until the test is over. */
async function connectTo(port: number, library: Library): Promise<Client> {
  const { client, close } = await library.connect({ port })
  onTestFinished(close)
  return client as Client
}

describe('what a request costs in Redis', () => {
  it.each([
    ['the native API on node-redis', 'native', native, libraries.nodeRedis6],
    ['the native API on ioredis', 'native', native, libraries.ioredis6],
    ['the drop-in on node-redis', 'dropIn', dropIn, libraries.nodeRedis6],
    ['the drop-in on ioredis', 'dropIn', dropIn, libraries.ioredis6],
  ] as const)('%s', async (_name, subject, start, library) => {
    expectCosts(await measure(start, library), subject)
  })

  it('the drop-in that knows its users', async () => {
    const measured = await measure(dropInWithUsers, libraries.nodeRedis6)
    expectCosts(measured, 'dropIn', costsWithUsers)
  })

  it.skipIf(missing)('express-session and connect-redis, for comparison', async () => {
    expectCosts(await measure(pair, libraries.nodeRedis6), 'pair')
  })
})

/** Costs of each visit on a backend that has started up: connected, every script loaded, clock and server known. */
async function measure(start: StartBackend, library: Library): Promise<Map<Name, Cost>> {
  const link = await startCountingLink(server.port)
  onTestFinished(() => link.stop())
  const client = await connectTo(link.port, library)
  const counted = { origin: await start(client, 'plain'), client, link }
  const other = await connectTo(server.port, library)
  const others = { plain: await start(other, 'plain'), leaving: await start(other, 'leaving') }
  const measured = new Map<Name, Cost>()
  for (const run of ['warm-up', 'counted']) {
    for (const [name, visit] of Object.entries(visits) as [Name, Visit][]) {
      const cost = await costOf(visit, counted, others)
      if (run === 'counted') measured.set(name, cost)
    }
  }
  return measured
}

interface Counted {
  readonly origin: string
  readonly client: Client
  readonly link: CountingLink
}

async function costOf(
  { path, before = [], by = 'plain', cookie, isEnded = false }: Visit,
  { origin, client, link }: Counted,
  others: Readonly<Record<Kind, string>>,
): Promise<Cost> {
  const jar = new Map<string, string>()
  const other = openBrowser(others[by], jar)
  for (const earlier of before) await other.visit(earlier)
  if (isEnded) await openBrowser(others.plain, new Map(jar)).visit('/sign-out')
  link.take()
  const { status } = await openBrowser(origin, jar).visit(path, cookie === undefined ? {} : { cookie })
  expect(status).toBe(200)
  // A renewal is sent beside the response; a client sends its commands in their order.
  for (let turn = 0; turn < 3; turn++) await client.ping()
  const { commands, roundTrips, bytes } = link.take()
  return [commands.join(' '), roundTrips, bytes]
}

/** Commands and round trips must be those of the table, bytes at most. */
function expectCosts(
  measured: ReadonlyMap<Name, Cost>,
  subject: Subject,
  others: Readonly<Partial<Record<Name, Cost>>> = {},
): void {
  const costOf = (name: Name): Cost => others[name] ?? costs[name][subject]
  if (process.env['SHOW_COSTS']) console.log(subject, Object.fromEntries(measured))
  const rows = [...measured].map(([name, [commands, roundTrips, bytes]]): [Name, Cost] => {
    const atMost = costOf(name)[2]
    return [name, [commands, roundTrips, bytes <= atMost ? atMost : bytes]]
  })
  const expected = (Object.keys(costs) as Name[]).map((name) => [name, costOf(name)])
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(expected))
}
