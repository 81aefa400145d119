import { setTimeout as pause } from 'node:timers/promises'
import type { RedisServer } from '../../support/servers/redis.js'
import type { Member } from './member.js'
import { lifetimeOf, type Part } from './releases.js'

/** What stands in Redis for somebody, and what they wrote. */
export interface StoredRecord extends Pick<Member, 'part' | 'user' | 'own'> {
  readonly text: string
}

export async function readRecord(redis: RedisServer, { part, user, own, cookie }: Member): Promise<StoredRecord> {
  return { part, user, own, text: String(await redis.command('GET', keyOf(cookie))) }
}

/** How much is left of a session's life. */
export interface Life {
  readonly part: Part
  readonly secondsLeft: number
}

export async function readLife(redis: RedisServer, { part, cookie }: Member): Promise<Life> {
  return { part, secondsLeft: Number(await redis.command('PTTL', keyOf(cookie))) / 1000 }
}

/** What a single look makes of a life that is half over. */
export async function renewLife(redis: RedisServer, member: Member): Promise<Life> {
  const half = lifetimeOf(member.part) / 2
  await redis.command('EXPIRE', keyOf(member.cookie), String(half))
  await member.look()
  // No answer waits for it.
  for (let turn = 0; turn < 100; turn++, await pause(20)) {
    const life = await readLife(redis, member)
    if (life.secondsLeft > half) return life
  }
  return readLife(redis, member)
}

/** As express-session makes the id and connect-redis the key. */
export function keyOf(cookie: string): string {
  const id = /^connect\.sid=s:([\w-]{32})\./.exec(decodeURIComponent(cookie))?.[1]
  if (id === undefined) throw new Error(`Not a signed cookie: "${cookie}".`)
  return `sess:${id}`
}
