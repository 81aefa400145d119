import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll } from 'vitest'
import { startMemcached, type MemcachedServer } from './memcached-server.js'
import { describeDropInApi } from './drop-in-api.js'
import { describeNativeApi } from './native-api.js'
import { ensurePackages, requireFrom } from '../../support/packages.js'
import type { SessionModule, StoreFactory } from './store-factory.js'

interface MemcachedStoreOptions {
  readonly hosts: string
  readonly prefix?: string
  /** How often a call without a connection is tried again, at intervals that soon are minutes. */
  readonly retries?: number
  /** For how many ms after a failure all calls fail at once. */
  readonly retry?: number
  /** After how many failures the program `ping` is to find out when the server is back; where there is none, the process dies of it. */
  readonly failures?: number
}

type Store = InstanceType<SessionModule['Store']> & { readonly client: { end(): void } }

await ensurePackages('compatibility')
const load = requireFrom('compatibility')
const connectMemcached = load('connect-memcached') as StoreFactory<MemcachedStoreOptions, Store>

let server: MemcachedServer
beforeAll(async () => {
  server = await startMemcached()
})
afterAll(() => server.stop())
let stores = 0

async function open(module: SessionModule) {
  stores += 1
  const store = new (connectMemcached(module))({ hosts: server.address, prefix: `test-${stores}:` })
  return { store, close: () => store.client.end() }
}

async function openFragile(module: SessionModule) {
  const itsServer = await startMemcached()
  const hopeful = { retries: 0, retry: 20, failures: 1_000 }
  const store = new (connectMemcached(module))({ hosts: itsServer.address, ...hopeful })
  const answers = (): Promise<boolean> => new Promise((resolve) => void store.get('any', (error) => resolve(!error)))
  return {
    store,
    breakDown: () => itsServer.kill(),
    async mend() {
      await itsServer.restart()
      for (let tries = 1; tries < 200 && !(await answers()); tries++) await wait(20)
    },
    async close() {
      store.client.end()
      await itsServer.stop()
    },
  }
}

// What is larger than 30 days a memcached takes for a date.
const maxLifetimeMs = 30 * 86_400_000

const other = { name: 'connect-memcached', realTime: true, maxLifetimeMs, open, openFragile }

describeNativeApi(other)
describeDropInApi(other)
describeDropInApi(other, load('express-session') as SessionModule)
