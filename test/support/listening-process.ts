// A backend of its own that listens for ends: `listening-process.ts lmdb <folder>`, or `node-redis <url>`, or `ioredis <url>`. Told a handle, it says `listening` and then what
// its listeners are told, with the time since the epoch. Told `close`, it closes what it has opened and must then end by itself.
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { createSessions, type SessionStore } from 'sessera'
import { lmdbStore } from 'sessera/lmdb'
import { redisStore } from 'sessera/redis'

interface Opened {
  readonly store: SessionStore
  close(): void
}

const stores: Record<string, (place: string) => Opened | Promise<Opened>> = {
  lmdb: (place) => ({ store: lmdbStore({ path: place }), close: () => {} }),
  'node-redis': async (place) => {
    const client = await createClient({ url: place }).on('error', console.error).connect()
    return { store: redisStore({ client }), close: () => client.destroy() }
  },
  ioredis: (place) => {
    const client = new Redis(place).on('error', console.error)
    return { store: redisStore({ client }), close: () => client.disconnect() }
  },
}

const [kind = '', place = ''] = process.argv.slice(2)
const { store, close } = await stores[kind]!(place)
const sessions = createSessions({ store, deadline: '10s' })

async function obey(handle: string): Promise<void> {
  if (handle === 'close') {
    await sessions.close()
    close()
    process.disconnect()
    return
  }
  sessions.onEnd(handle, (end) => process.send!({ ...end, at: Date.now() }))
  // The first look is over then.
  for (let times = 0; times < 10; times++) {
    await new Promise((resolve) => setImmediate(resolve))
    await sessions.find(handle)
  }
  process.send!('listening')
}

process.on('message', (handle: string) => void obey(handle))
process.send!('ready')
