import { session } from 'sessera/express-session'
import { describeDropInApi } from './drop-in-api.js'
import { describeNativeApi } from './native-api.js'
import type { OtherStore } from './other-store.js'
import { ensurePackages, requireFrom } from '../../support/packages.js'
import type { SessionModule, StoreFactory } from './store-factory.js'

type Store = InstanceType<SessionModule['Store']>

await ensurePackages('compatibility')
const load = requireFrom('compatibility')
const original = load('express-session') as SessionModule
const connectMemory = load('memorystore') as StoreFactory<{ readonly checkPeriod: number }, Store>

const memorystore: OtherStore = {
  name: 'memorystore',
  open: async (module) => ({ store: new (connectMemory(module))({ checkPeriod: 86_400_000 }) }),
}
const stores: OtherStore[] = [
  memorystore,
  { name: 'our MemoryStore', open: async () => ({ store: new session.MemoryStore() }) },
  { name: "express-session's MemoryStore", open: async () => ({ store: new original.MemoryStore() }) },
]

for (const store of stores) {
  describeNativeApi(store)
  describeDropInApi(store)
}
describeDropInApi(memorystore, original)
