import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMember, type Member } from '../laboratory/sign-out/members.js'
import type { Place } from '../laboratory/sign-out/orders.js'
import { openIn, race, startField, type Field } from '../laboratory/sign-out/race.js'
import type { ClientName, Kind, SignInReport } from '../laboratory/sign-out/subject.js'
import { redisInTests } from '../support/servers/redis-in-tests.js'
import { startRedisCluster, type RedisCluster } from '../support/servers/redis-cluster.js'

// `ROUNDS=250 SEED=7 npx vitest run test/redis/sign-out-everywhere.test.ts` repeats a long run.
const rounds = Number(process.env['ROUNDS'] ?? 4)
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

const server = await redisInTests()
const choice = { library: 'sessera', client: 'node-redis', ports: [server.port], seed } as const
let cluster: RedisCluster
let field: Field
beforeAll(async () => {
  ;[cluster, field] = await Promise.all([startRedisCluster(), startField()])
}, 120_000)
afterAll(() => Promise.all([cluster?.stop(), field?.stop()]))

const clients: readonly ClientName[] = ['node-redis', 'ioredis', 'node-redis in a Cluster', 'ioredis in a Cluster']

describe('signing out everywhere, while three other processes sign in and lists heal the index,', () => {
  it.each(clients)(
    'leaves no sign-in alive that was opened before, and hinders none that is opened afterwards: %s',
    async (client) => {
      const ports = client.includes('Cluster') ? cluster.nodes.map(({ port }) => port) : [server.port]
      await openIn(field, { ...choice, client, ports })
      const verdict = await race(field, { rounds, seed })
      console.log(`SEED=${seed}, ${client}: ${JSON.stringify(verdict)}`)
      expect(verdict).toMatchObject({ outlived: 0, unlisted: 0, leftBySecond: 0, refusedAfter: 0, errors: [] })
      expect(verdict.openedBefore).toBeGreaterThan(rounds / 2)
      expect(verdict.openedAfter).toBeGreaterThanOrEqual(4 * rounds)
      // In a few rounds perhaps none is caught in between.
      if (rounds >= 50) expect(verdict.refused).toBeGreaterThan(0)
    },
    600_000,
  )
})

describe('a limit of 3 sessions, with 50 sign-ins at once on three processes,', () => {
  async function signIn(onOverflow: 'end-oldest' | 'refuse'): Promise<readonly SignInReport[]> {
    await openIn(field, { ...choice, limit: { maxSessionsPerUser: 3, onOverflow } })
    const counts = [17, 17, 16]
    const asked = field.signingIn.map((member, index) =>
      member.ask('signInAtOnce', { user: onOverflow, cookies: Array<undefined>(counts[index]!).fill(undefined) }),
    )
    return (await Promise.all(asked)).flat()
  }

  async function aliveOf(user: string, reports: readonly SignInReport[]): Promise<readonly string[]> {
    const { opened, stored, listed } = await field.ending.ask('survey', {
      user,
      cookies: reports.map(({ cookie }) => cookie),
    })
    const alive = opened.filter((name) => name !== undefined)
    expect([...stored].sort()).toEqual([...alive].sort())
    expect([...listed].sort()).toEqual([...alive].sort())
    return alive
  }

  it('leaves exactly three signed in where the oldest are ended', { timeout: 60_000 }, async () => {
    const reports = await signIn('end-oldest')
    expect(reports.map(({ outcome }) => outcome)).toEqual(Array(50).fill('signed-in'))
    expect(await aliveOf('end-oldest', reports)).toHaveLength(3)
  })

  it('signs in exactly three where the others are refused', { timeout: 60_000 }, async () => {
    const reports = await signIn('refuse')
    expect(reports.map(({ outcome }) => outcome).sort()).toEqual([
      ...Array(47).fill('limit'),
      ...Array(3).fill('signed-in'),
    ])
    expect(await aliveOf('refuse', reports)).toHaveLength(3)
  })
})

describe('a process that is killed', () => {
  /** What it was told when it was killed, between which calls to the store. */
  interface Death {
    readonly doing: Kind | 'signing out everywhere'
    readonly calls: readonly string[]
    readonly places: readonly Place[]
  }

  const before = (call: string): Place => ({ moment: 'before', call })
  const after = (call: string): Place => ({ moment: 'after', call })
  // Calls that are made in the same tick may be carried out in any number.
  const deaths: readonly Death[] = [
    {
      doing: 'nothing',
      calls: ['insert', 'add', 'replace'],
      places: [before('add'), after('insert'), before('replace'), after('replace')],
    },
    {
      doing: 'an anonymous session',
      calls: ['load', 'add', 'replace'],
      places: [before('add'), before('replace'), after('replace')],
    },
    {
      doing: 'a session of the user',
      calls: ['load', 'add', 'replace'],
      places: [before('add'), before('replace'), after('replace')],
    },
    {
      doing: 'signing out everywhere',
      calls: ['revoke', 'load', 'load', 'remove', 'remove', 'drop'],
      places: [before('revoke'), after('revoke'), after('load'), before('remove'), after('remove'), before('drop')],
    },
  ]

  const members: Member[] = []
  beforeAll(() => openIn(field, choice))
  afterAll(() => Promise.all(members.map((member) => member.kill())))

  /** Gives the user all that is needed to begin. */
  async function prepare(member: Member, user: string, doing: Death['doing']): Promise<() => Promise<unknown>> {
    if (doing !== 'signing out everywhere') {
      const cookies = [await member.ask('arrive', { user, kind: doing })]
      return () => member.ask('signInAtOnce', { user, cookies })
    }
    for (let count = 0; count < 2; count++) await member.ask('arrive', { user, kind: 'a session of the user' })
    return () => member.ask('endNow', { user })
  }

  it('makes no other calls than those it is killed between', { timeout: 60_000 }, async () => {
    const member = field.signingIn[0]!
    for (const { doing, calls } of deaths) {
      const begin = await prepare(member, `whole ${doing}`, doing)
      await member.ask('calls', {})
      await begin()
      expect(await member.ask('calls', {})).toEqual(calls)
    }
  })

  const cases = deaths.flatMap(({ doing, places }) => places.map((place) => ({ doing, place })))
  for (const { doing, place } of cases) {
    const when = `${place.moment} ${place.call}, ${doing === 'signing out everywhere' ? doing : `signing in with ${doing}`}`
    it(`leaves no session unlisted, and none that cannot be ended: ${when}`, { timeout: 60_000 }, async () => {
      const user = `${doing} ${place.moment} ${place.call}`
      const member = await startMember()
      members.push(member)
      await member.ask('open', { ...choice, isSlow: false })
      const begin = await prepare(member, user, doing)
      await member.ask('stop', place)
      void begin() // never answered
      await member.stopped
      await member.kill()

      const ask = field.ending.ask
      for (let look = 0; look < 3; look++) {
        const { stored, listed } = await ask('survey', { user, cookies: [] })
        expect([...listed].sort()).toEqual([...stored].sort())
      }
      const [next] = await ask('signInAtOnce', { user, cookies: [undefined] })
      expect(next!.outcome).toBe('signed-in')
      await ask('endNow', { user })
      expect(await ask('survey', { user, cookies: [next!.cookie] })).toEqual({
        opened: [undefined],
        stored: [],
        listed: [],
      })
    })
  }
})
