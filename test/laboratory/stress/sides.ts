import { createClient } from 'redis'
import { session, type session as Module } from 'sessera/express-session'
import { RedisStore } from 'sessera/connect-redis'
import { ensurePackages, requireFrom } from '../../support/packages.js'

/** What a store needs of a client. */
type Client = Pick<ReturnType<typeof createClient>, 'sendCommand'>
export type Store = InstanceType<typeof Module.Store>

/** One of the pairs that are put under the same stress. */
export interface Side {
  readonly name: string
  readonly session: typeof session
  storeOn(client: Client): Store
}

const ours: Side = { name: 'Sessera', session, storeOn: (client) => new RedisStore({ client }) }

/** express-session with connect-redis, and ours; throws where the packages cannot be had. */
export async function loadSides(): Promise<readonly [formerly: Side, ours: Side]> {
  await ensurePackages('compatibility')
  const require = requireFrom('compatibility')
  const { RedisStore: Formerly } = require('connect-redis') as { RedisStore: new (options: object) => Store }
  const formerly: Side = {
    name: 'express-session + connect-redis',
    session: require('express-session') as typeof session,
    storeOn: (client) => new Formerly({ client }),
  }
  return [formerly, ours]
}

/** A client as a new application makes it, or one that keeps no commands while it is disconnected. */
export async function connectTo(url: string, options: { readonly disableOfflineQueue?: boolean } = {}) {
  const client = createClient({ url, ...options })
  client.on('error', () => {})
  await client.connect()
  return client
}
