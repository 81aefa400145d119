import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasPackages } from '../../support/packages.js'
import { startRedis, type RedisServer } from '../../support/servers/redis.js'
import { startApplication, type Application } from '../../support/application.js'
import { differencesBetween, type Transcript } from './transcript.js'
import { Visitor } from './visitor.js'
import { openWorkshop, sides, type Workshop } from './workshop.js'

const ways = [
  { settings: {}, of: 'without maxAge' },
  { settings: { MAX_AGE: '3600000' }, of: 'with maxAge' },
  { settings: { MAX_AGE: '3600000', ROLLING: 'yes' }, of: 'with maxAge and rolling' },
  { settings: { ROLLING: 'yes' }, of: 'with rolling' },
]

describe.skipIf(!(await hasPackages('compatibility')))(
  'a switch, a switch back and a switch again',
  { timeout: 60_000 },
  () => {
    let workshop: Workshop
    let redis: RedisServer

    beforeAll(async () => {
      workshop = await openWorkshop()
      await workshop.add('switch.cjs')
      redis = await startRedis()
    }, 60_000)

    afterAll(async () => {
      await redis.stop()
      await workshop.remove()
    })

    /** One user who signs in before, and one who signs in after each switch; all of them go on to the end. */
    async function visit(origins: readonly string[]): Promise<Transcript> {
      await redis.command('FLUSHALL')
      const visitor = new Visitor(redis, '')
      const users: { name: string; cookies: Visitor['cookies'] }[] = []
      for (const [turn, origin] of origins.entries()) {
        visitor.origin = origin
        for (const user of users) {
          visitor.cookies = user.cookies
          const step = (what: string): string => `${user.name}, turn ${turn}: ${what}`
          const page = await visitor.ask(step('is still signed in'), 'get /')
          expect(JSON.parse(page.body).user).toEqual({ name: user.name, roles: ['reader'] })
          await visitor.ask(step('sees something'), 'post /see', { item: `of turn ${turn}` })
          const { seen } = JSON.parse((await visitor.ask(step('has seen it'), 'get /')).body)
          expect(seen.at(-1)).toBe(`of turn ${turn}`)
          user.cookies = visitor.cookies
        }
        visitor.cookies = {}
        const name = `user ${turn}`
        await visitor.ask(`${name}, turn ${turn}: signs in`, 'post /sign-in', { name })
        users.push({ name, cookies: visitor.cookies })
      }
      return visitor.transcript
    }

    it.each(ways)('leaves everybody signed in, and nobody sees it, $of', async ({ settings }) => {
      const applications: Application[] = []
      try {
        for (const side of sides) {
          const path = workshop.path(side, 'switch.cjs')
          applications.push(await startApplication(path, { REDIS_URL: redis.url, ...settings }))
        }
        const [theirs, ours] = applications.map(({ origin }) => origin) as [string, string]
        const unswitched = await visit([theirs, theirs, theirs, theirs])
        const orders: Record<string, string[]> = {
          'old, new, old, new': [theirs, ours, theirs, ours],
          'new, old, new, old': [ours, theirs, ours, theirs],
        }
        for (const [order, origins] of Object.entries(orders)) {
          expect({ [order]: differencesBetween(unswitched, await visit(origins)) }).toEqual({ [order]: {} })
        }
      } finally {
        for (const application of applications) await application.stop()
      }
    })
  },
)
