import { startRedis, type RedisServer } from '../../support/servers/redis.js'
import { type Backend, startBackend } from './backends.js'
import { type Balancer, startBalancer } from './balancer.js'
import { type Browser, openBrowser } from './browser.js'
import { type Desk, openDesk } from './desk.js'
import { type FaultProxy, startFaultProxy } from '../../support/proxy.js'
import { type Random, seededRandom } from '../../support/random.js'
import type { Subject } from './subjects.js'

/** A Redis, two backends, and a way from each of them to Redis that can be broken. */
export interface Stage {
  readonly subject: Subject
  readonly redis: RedisServer
  readonly ways: readonly [FaultProxy, FaultProxy]
  readonly backends: readonly [Backend, Backend]
  /** In front of the backends, where the scenario wants one: it is what the visitors talk to. */
  readonly balancer: Balancer | undefined
  readonly browser: Browser
  readonly desk: Desk
  readonly random: Random
  stop(): Promise<void>
}

export interface StageOptions {
  readonly seed: number
  /** Settings of redis-server. */
  readonly settings?: readonly string[]
  /** Redis is killed before the backends start. */
  readonly startsWithoutRedis?: boolean
  /** By how much the clocks of the two backends are wrong. */
  readonly clocksAheadMs?: readonly [number, number]
  readonly isBalanced?: boolean
}

export async function setStage(subject: Subject, options: StageOptions): Promise<Stage> {
  const { side, clientName } = subject
  const { seed, settings = [], startsWithoutRedis = false, clocksAheadMs = [0, 0], isBalanced = false } = options
  const random = seededRandom(seed)
  const redis = await startRedis(...settings)
  const ways = [await startFaultProxy(redis.port, random), await startFaultProxy(redis.port, random)] as const
  if (startsWithoutRedis) await redis.kill()
  const [one, two] = ways.map(({ port }, index) =>
    startBackend({ side, clientName, redisPort: port, clockAheadMs: clocksAheadMs[index]! }),
  )
  const backends = [await one!, await two!] as const
  const browser = openBrowser()
  const ports = backends.map(({ port }) => port)
  const balancer = isBalanced ? await startBalancer(ports) : undefined
  return {
    subject,
    redis,
    ways,
    backends,
    balancer,
    browser,
    desk: openDesk(browser, balancer === undefined ? ports : [balancer.port], random),
    random,
    async stop() {
      browser.close()
      await balancer?.stop()
      for (const backend of backends) await backend.stop()
      for (const way of ways) await way.stop()
      await redis.stop()
    },
  }
}
