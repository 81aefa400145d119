// One of several processes on an lmdb folder, for processes.test.ts. Prints what came of its command as
// JSON, and ends by itself although it does not close the store.
import { lmdbStore } from 'sessera/lmdb'
import { type Handle, newHandle } from '../../src/store.js'

const [path, command, handle, argument] = process.argv.slice(2) as [string, string, Handle, string]
const store = lmdbStore({ path })
const hour = 3_600_000

async function increment(): Promise<void> {
  let record = await store.load(handle)
  while (record !== undefined) {
    const result = await store.replace(handle, record.version, String(Number(record.text) + 1), hour)
    if (result.status === 'replaced') return
    record = result.status === 'changed' ? result.current : undefined
  }
  throw new Error('The counter is lost.')
}

const commands: Record<string, () => Promise<unknown>> = {
  /** Makes the counter unless another process has, and adds to it with four calls under way at a time. */
  async count() {
    const made = (await store.insert(handle, '0', hour)) !== undefined
    const each = async (): Promise<void> => {
      for (let count = 0; count < Number(argument) / 4; count++) await increment()
    }
    await Promise.all([each(), each(), each(), each()])
    return made
  },

  async change() {
    const { version } = (await store.load(handle))!
    return store.replace(handle, version, argument, hour)
  },

  async end() {
    return store.remove(handle)
  },

  /** Opens and closes the folder again and again, until others have brought the counter that far. */
  async reopen() {
    await store.close()
    for (let text: string | undefined; text !== argument;) {
      const again = lmdbStore({ path })
      text = (await again.load(handle))?.text
      await again.close()
    }
  },

  /** Writes until the disk is full. */
  async fill() {
    for (let count = 0; count < 1000; count++) {
      const inserts = Array.from({ length: 4 }, () => store.insert(newHandle(), 'x'.repeat(20_000), hour))
      const failed = (await Promise.allSettled(inserts)).find((insert) => insert.status === 'rejected')
      if (failed !== undefined) {
        const { name, code } = failed.reason as { name: string; code: string }
        return { name, code, still: (await store.load(handle))?.text, removed: await store.remove(handle) }
      }
    }
    return undefined
  },
}

console.log(JSON.stringify((await commands[command]!()) ?? null))
