import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hasPackages, pathInPackages } from '../../support/packages.js'
import { startRedis } from '../../support/servers/redis.js'
import { runToEnd } from '../../support/application.js'
import { openWorkshop, sides } from './workshop.js'

describe.skipIf(!((await hasPackages('compatibility')) && (await hasPackages('packaging'))))(
  'supertest, under Jest',
  { timeout: 60_000 },
  () => {
    it("passes an application's own tests", async () => {
      const workshop = await openWorkshop()
      onTestFinished(workshop.remove)
      const redis = await startRedis()
      onTestFinished(redis.stop)
      await workshop.add('shop.cjs', 'shop.test.cjs')
      const outcomes = await Promise.all(
        sides.map(async (side) => {
          const folder = workshop.path(side, '.')
          const flags = [
            '--rootDir',
            folder,
            '--cacheDirectory',
            join(folder, 'cache'),
            '--watchman=false',
            '--runInBand',
            '--testTimeout=30000', // a busy machine is no fault of either side
          ]
          const patterns = ['--testMatch', '**/*.test.cjs', '--ci', '--verbose']
          const jest = pathInPackages('packaging', 'jest/bin/jest.js')
          return runToEnd([jest, ...flags, ...patterns], { REDIS_URL: redis.url, NODE_ENV: 'test' })
        }),
      )
      const [originals, ours] = outcomes.map(({ output }) => output.match(/[✓✕] .*?(?= \(|$)|^Tests: .*/gm))
      expect(originals).toContain('Tests:       9 passed, 9 total')
      expect(ours).toEqual(originals)
      expect(outcomes.map(({ ok }) => ok)).toEqual([true, true])
    })
  },
)
