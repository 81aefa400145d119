import { randomUUID } from 'node:crypto'
import { newHandle, type SessionStore } from 'sessera'
import { expect } from 'vitest'
import { newVersion } from '../../../src/store.js'
import type { RedisServer } from '../../support/servers/redis.js'
import type { Address } from './clients.js'

/** What the store itself sends. */
export const ours =
  '+get +set +getrange +exists +del +eval +evalsha +time ' +
  '+zadd +zscore +zcard +zrange +zscan +zrem +zremrangebyscore +pttl +pexpire +scan'
/** The same where no scripts run. */
export const withoutScripts =
  '+get +set +del +echo +time +zadd +zscore +zcard +zscan +zrem +zremrangebyscore +pexpire +scan'
/** And what it tries, once. */
export const tried = '+info'
/** And what it does without where it must. */
export const sparing = '+mget'

/** What the clients send besides, with the options that the documentation recommends. */
export const handshakes: Record<string, string> = {
  'node-redis 5': '+ping',
  'node-redis 6': '+ping',
  'ioredis 5': '+info',
  'ioredis 6': '+info',
  iovalkey: '+info',
  'valkey-glide': '+info',
}
export const clusterHandshakes: Record<string, string> = {
  'node-redis 6': '+ping +cluster|slots +asking',
  'ioredis 6': '+info +cluster|slots +cluster|info +asking',
  'valkey-glide': '+ping +cluster|slots +asking',
}

/** Names for the server's list of connections: clients send them and go on when they are refused. */
const notNeeded = new Set(['client|setinfo', 'client|setname'])

export function commandsOf(rules: string): string[] {
  return rules
    .split(' ')
    .map((rule) => rule.slice(1))
    .sort()
}

export type User = NonNullable<Address['user']>

/** A user who may run these commands, on the store's keys only, on each of the servers. */
export async function createUser(servers: readonly RedisServer[], commands: string): Promise<User> {
  const user = { username: `user-${randomUUID()}`, password: randomUUID() }
  const rules = ['on', `>${user.password}`, 'resetkeys', '~sessera:*', 'resetchannels', '-@all', ...commands.split(' ')]
  for (const one of servers) await one.command('ACL', 'SETUSER', user.username, ...rules)
  return user
}

/** The commands that the servers have refused to a user, without those that are not needed. */
export async function refusedTo({ username }: User, servers: readonly RedisServer[]): Promise<string[]> {
  const logs = await Promise.all(servers.map((one) => one.command('ACL', 'LOG', '128')))
  const entries = logs.flat() as { readonly username: string; readonly object: string }[]
  const refused = entries.filter((entry) => entry.username === username).map(({ object }) => object)
  return [...new Set(refused)].filter((command) => !notNeeded.has(command)).sort()
}

/** Sends each command that the store has. */
export async function useEveryVerb(store: SessionStore): Promise<void> {
  await store.ready?.()
  const handle = newHandle()
  const version = await store.insert(handle, 'text', 60_000)
  expect(await store.load(handle)).toEqual({ text: 'text', version })
  const together = [newHandle(), newHandle(), handle].map((one) => store.load(one))
  expect(await Promise.all(together)).toEqual([undefined, undefined, { text: 'text', version }])
  const replaced = await store.replace(handle, version!, 'new text', 60_000)
  expect(replaced.status).toBe('replaced')
  expect(await store.replace(handle, version!, 'late text', 60_000)).toMatchObject({ status: 'changed' })
  expect(await store.remove(handle, newVersion())).toBe('changed')
  expect(await store.remove(handle)).toBe('removed')
  await useEveryVerbOfUsers(store)
}

async function useEveryVerbOfUsers({ users, list }: SessionStore): Promise<void> {
  const [user, handle, openedAt] = [newHandle(), newHandle(), users!.moment()]
  const entry = { handle, openedAt, lifetimeMs: 60_000 }
  expect(await users!.add(user, entry)).toEqual({ status: 'added', others: 0 })
  expect(await users!.add(user, { ...entry, handle: newHandle(), limit: 1 })).toEqual({ status: 'full' })
  expect((await users!.list(user)).handles).toEqual([handle])
  await users!.list(user, '0')
  expect((await users!.revoke(user)).handles).toEqual([handle])
  expect(await users!.add(user, entry)).toEqual({ status: 'revoked' })
  await users!.drop(user, [handle])
  expect((await users!.list(user)).handles).toEqual([])
  for (let page = await list!(); page.after !== undefined; page = await list!(page.after));
}

/** Sends what the option \`journal\` needs. */
export async function useJournal({ journal }: SessionStore): Promise<void> {
  const user = newHandle()
  for (const text of ['one', 'two', 'three']) await journal!.append(user, text, 60_000, 2)
  expect(await journal!.read(user)).toEqual(['three', 'two'])
  await journal!.clear(user)
  expect(await journal!.read(user)).toEqual([])
}
