import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../../support/servers/redis.js'
import { type Backend, startBackend } from './backends.js'

const hour = 3_600_000
const timeout = 60_000
let redis: RedisServer
let stepped: Backend
let steady: Backend

beforeAll(async () => {
  redis = await startRedis()
  stepped = await startBackend(redis.port)
  steady = await startBackend(redis.port)
}, timeout)

afterAll(async () => {
  await stepped?.stop()
  await steady?.stop()
  await redis?.stop()
})

/** A visitor of one API, with the cookie that any backend gave, even where a clock that is late makes it expire at once. */
function createVisitor(api: string) {
  let cookie = ''
  return async (backend: Backend, path: string): Promise<string> => {
    const response = await fetch(`${backend.origin}/${api}/${path}`, { headers: { cookie } })
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    return response.text()
  }
}

describe.each(['native', 'drop-in'])('a backend whose clock steps, through the %s API', { timeout }, (api) => {
  describe.each([hour, -hour, hour / 3, 365 * 24 * hour])('by %d ms', (step) => {
    it('signs nobody out, and neither do the others', async () => {
      await stepped.setClock(0)
      const paths = ['read', 'write', 'save']
      const visitors = paths.map((path) => ({ path, ask: createVisitor(api) }))
      for (const [index, { ask }] of visitors.entries()) {
        await ask(index === 1 ? stepped : steady, 'sign-in')
        expect(await ask(stepped, 'read')).toBe('ada')
      }
      for (const ahead of [step, 0, step]) {
        await stepped.setClock(ahead)
        for (const { path, ask } of visitors) {
          for (const backend of [stepped, steady, stepped, steady]) expect(await ask(backend, path)).toBe('ada')
        }
        await expectWholeLives()
      }
      for (const { ask } of visitors) {
        const late = createVisitor(api)
        expect(await late(stepped, 'sign-in')).toBe('ada')
        for (const backend of [steady, stepped]) {
          expect(await late(backend, 'write')).toBe('ada')
          expect(await ask(backend, 'write')).toBe('ada')
        }
      }
      await expectWholeLives()
    })
  })
})

/** Whoever was there a moment ago has half an hour, give or take a tenth. The index of a user lasts as long as the sessions can. */
async function expectWholeLives(): Promise<void> {
  const keys = ((await redis.command('KEYS', '*')) as string[]).filter((key) => !key.includes(':@'))
  expect(keys).not.toEqual([])
  for (const key of keys) {
    const left = Number(await redis.command('PTTL', key))
    expect(left).toBeGreaterThan(0.89 * 1_800_000)
    expect(left).toBeLessThanOrEqual(1_802_000)
  }
}
