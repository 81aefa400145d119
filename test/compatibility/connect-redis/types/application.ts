// What applications write in TypeScript, with the type declarations of the originals beside ours.
/* oxlint-disable eslint/no-new, import/default, typescript/no-explicit-any, typescript/no-floating-promises */
import fastifySession from '@fastify/session'
import session from 'express-session'
import fastify from 'fastify'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import DefaultStore, { RedisStore } from 'sessera/connect-redis'
import type { RedisStoreOptions, Serializer } from 'sessera/connect-redis'

declare module 'express-session' {
  interface SessionData {
    user?: string
  }
}

const client = createClient()
const store = new RedisStore({ client, prefix: 'app:', ttl: 60 })
session({ store, secret: 'keyboard cat' })
const abstract: session.Store = store

new RedisStore({ client: createCluster({ rootNodes: [] }) })
new RedisStore({ client: new Redis() })
new RedisStore({ client: new Cluster([]) })
new DefaultStore({ client, ttl: (data: session.SessionData) => (data.user ? 60 : 5), deadline: '500ms' })
// @ts-expect-error A client is needed.
new RedisStore({ prefix: 'app:' })
// @ts-expect-error It is not a client.
new RedisStore({ client: 'redis://127.0.0.1' })

const serializer: Serializer = {
  parse: async (text): Promise<session.SessionData> => JSON.parse(text),
  stringify: (data: session.SessionData) => JSON.stringify(data),
}
const options: RedisStoreOptions = { client, serializer }

class Observed extends RedisStore {
  override async get(id: string, callback?: (error?: unknown, data?: any) => any): Promise<any> {
    return super.get(id, callback)
  }
}
const observed: RedisStore = new Observed(options)

void fastify().register(fastifySession, { store, secret: 'a secret that has thirty-two characters' })

export async function useAll(): Promise<string[]> {
  const data: session.SessionData = await store.get('id')
  await store.set('id', data)
  await store.touch('id', data)
  await store.destroy('id')
  store.get('id', (error, found) => found.user)
  store.set('id', data, (error) => console.error(error))
  store.destroy('id', () => {})
  store.all((error, sessions) => sessions.map(({ id }: { id: string }) => id))
  store.length((error, length) => length)
  store.ids((error, ids) => ids.map((id: string) => id.toUpperCase()))
  store.clear(() => {})
  store.client.destroy()
  store.ttl = 120
  const [first] = (await store.all()) as session.SessionData[]
  const count: number = await store.length()
  await observed.clear()
  return [...(await store.ids()), String(count), first?.user ?? '', String(abstract.listenerCount('connect'))]
}
