import { afterAll } from 'vitest'
import { startRedis, type RedisServer } from './redis.js'

/** Starts a server for the tests of a file, and stops it after them: `const server = await redisInTests()`. */
export async function redisInTests(...settings: string[]): Promise<RedisServer> {
  const server = await startRedis(...settings)
  afterAll(() => server.stop())
  return server
}
