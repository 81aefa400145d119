// A process on an lmdb folder, for namespaces.test.ts: `neighbour.ts <folder> once|stay`. Says what opening and writing came to, and
// then ends, or stays and goes on writing.
import { setTimeout as pause } from 'node:timers/promises'
import { lmdbStore } from 'sessera/lmdb'
import { newHandle, type SessionStore } from '../../src/store.js'

const [path, way] = process.argv.slice(2) as [string, 'once' | 'stay']
const say = (what: object): void => console.log(JSON.stringify(what))

async function write(store: SessionStore): Promise<object> {
  try {
    const handle = newHandle()
    await store.insert(handle, 'text', 60_000)
    return { text: (await store.load(handle))?.text }
  } catch (error) {
    const { code, cause } = error as { code: string; cause?: Error }
    return { code, message: cause?.message }
  }
}

try {
  const started = performance.now()
  const store = lmdbStore({ path })
  say({ ...(await write(store)), openedInMs: Math.round(performance.now() - started) })
  while (way === 'stay') {
    const result = await write(store)
    if ('code' in result) say(result)
    await pause(50)
  }
  await store.close()
} catch (error) {
  const { code, message } = error as { code: string; message: string }
  say({ code, message })
}
