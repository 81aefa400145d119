import { createRequire } from 'node:module'
import { installPackages } from '../../../tools/install.mjs'
import type { Pair } from './express-session-library.js'

/** Installs the packages of test/compatibility/peers/, with which Sessera is compared, when they are not there; throws when it cannot. */
export async function ensurePeers(): Promise<void> {
  const problem = await installPackages('test/compatibility/peers')
  if (problem !== undefined) throw new Error(problem)
}

/** express-session and connect-redis, which must be installed. */
export function loadPeers(): Pair {
  const require = createRequire(new URL('../../compatibility/peers/package.json', import.meta.url))
  const { RedisStore } = require('connect-redis') as Pick<Pair, 'RedisStore'>
  return { session: require('express-session') as Pair['session'], RedisStore }
}
