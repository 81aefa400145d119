import type { UserSessionInfo } from 'sessera'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../../support/servers/redis.js'
import { type Backend, startBackend } from './backends.js'

const hour = 3_600_000
const halfAnHour = hour / 2
const timeout = 60_000
let redis: RedisServer
let stepped: Backend
let steady: Backend

beforeAll(async () => {
  redis = await startRedis()
  ;[stepped, steady] = await Promise.all([startBackend(redis.port), startBackend(redis.port)])
}, 2 * timeout)

afterAll(async () => {
  await stepped?.stop()
  await steady?.stop()
  await redis?.stop()
})

beforeEach(() => redis.command('FLUSHALL'))

async function ask(backend: Backend, path: string): Promise<string> {
  return (await fetch(`${backend.origin}/native/${path}`)).text()
}

async function list(backend: Backend): Promise<UserSessionInfo[]> {
  return JSON.parse(await ask(backend, 'list')) as UserSessionInfo[]
}

async function timeOfServer(): Promise<number> {
  const [seconds, microseconds] = (await redis.command('TIME')) as [string, string]
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000
}

// Far more than the backends' knowledge of the server's time can be wrong by, and far less than an hour.
const doubt = 20_000

function expectAbout(time: number, expected: number): void {
  expect(Math.abs(time - expected)).toBeLessThan(doubt)
}

describe.each([hour, -hour])('TO-7: a backend whose clock is off by %d ms', { timeout }, (skew) => {
  beforeEach(() => stepped.setClock(skew))

  it('and one whose clock is right list the same sessions, with the times of the store', async () => {
    for (const backend of [stepped, steady]) expect(await ask(backend, 'sign-in')).toBe('ada')
    const [here, there] = [await list(stepped), await list(steady)]
    expect(here).toHaveLength(2)
    expect(there).toEqual(here)
    const now = await timeOfServer()
    for (const { createdAt, signedInAt, lastSeenAt, expiresAt } of here) {
      for (const time of [createdAt, signedInAt ?? 0, lastSeenAt]) expectAbout(time, now)
      expect(expiresAt - lastSeenAt).toBe(halfAnHour)
    }
  })

  it('enters sessions into the index for as long as they can last', async () => {
    for (const backend of [stepped, steady]) await ask(backend, 'sign-in')
    const [key = '', ...others] = (await redis.command('KEYS', '*:@*')) as string[]
    expect(others).toEqual([])
    expectAbout(Number(await redis.command('PTTL', key)), 12 * hour)
    const entries = (await redis.command('ZRANGE', key, '0', '-1', 'WITHSCORES')) as [handle: string, score: number][]
    expect(entries).toHaveLength(2)
    for (const [, score] of entries) expectAbout(1_000 * score, (await timeOfServer()) + 12 * hour)
  })

  it('neither lets a sign-in outrun a sign-out everywhere, nor holds up a later one', async () => {
    const pairs = [
      [stepped, steady],
      [steady, stepped],
    ] as const
    for (const [signing, ending] of pairs) {
      const late = ask(signing, 'sign-in-when-released')
      await ask(signing, 'until-waiting')
      expect(await ask(ending, 'end-all')).toMatch(/^\d$/)
      await ask(signing, 'release')
      expect(await late).toBe('SIGN_IN_REVOKED')
      expect(await list(signing)).toEqual([])
      expect(await ask(signing, 'sign-in')).toBe('ada')
      expect(await list(ending)).toHaveLength(1)
    }
  })
})
