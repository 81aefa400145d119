import type { RedisServer } from '../../support/servers/redis.js'

/** What is stored of a session. */
export interface StoredSession {
  readonly key: string
  /** Ms; negative when it has no end. */
  readonly lifeMs: number
}

/** Whether it is a key of the index of users, which lives as long as a session can last. */
export function isOfIndex(key: string): boolean {
  return key.includes(':@')
}

/** All that is stored of a user's sessions. No other user's name may contain this one. */
export async function recordsOf({ command }: RedisServer, user: string): Promise<readonly StoredSession[]> {
  const keys = ((await command('KEYS', '*')) as string[]).filter((key) => !isOfIndex(key))
  const found = await Promise.all(
    keys.map(async (key) => ({ key, text: await command('GET', key), lifeMs: Number(await command('PTTL', key)) })),
  )
  return found.filter(({ text }) => String(text).includes(user))
}
