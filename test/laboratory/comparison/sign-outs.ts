import { ensurePackages } from '../../support/packages.js'
import { startRedis } from '../../support/servers/redis.js'
import type { Verdict } from '../sign-out/judge.js'
import { openIn, race, startField, type Race } from '../sign-out/race.js'
import type { Row } from './comparison.js'

export const peerName = 'better-auth 1.7.25 + redis-storage 1.7.5'

/**
 * The same race on both libraries, on ioredis: three processes sign in, a fourth signs the user out everywhere. The check of the password takes up
 * to 80 ms.
 */
export async function compareSignOuts(extent: Race): Promise<readonly Row[]> {
  await ensurePackages('laboratory/sign-out')
  const sessera = await measure('sessera', extent)
  const peer = await measure('better-auth', extent)
  const row = (what: string, tries: keyof Verdict, wrong: keyof Verdict): Row => {
    const count = (verdict: Verdict) => ({ tries: Number(verdict[tries]), wrong: Number(verdict[wrong]) })
    return { what, sessera: count(sessera), peer: count(peer) }
  }
  return [
    row('sign-ins that outlive sign-out everywhere, of those begun before', 'openedBefore', 'outlived'),
    row('sign-ins that the user is not shown, of those alive afterwards', 'alive', 'unlisted'),
  ]
}

async function measure(library: 'sessera' | 'better-auth', extent: Race): Promise<Verdict> {
  const [redis, field] = await Promise.all([startRedis(), startField()])
  try {
    await openIn(field, { library, client: 'ioredis', ports: [redis.port], seed: extent.seed })
    return await race(field, extent)
  } finally {
    await field.stop()
    await redis.stop()
  }
}
