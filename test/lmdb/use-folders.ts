// Uses one lmdb folder after the other, for damaged.test.ts, and prints a line for each: what opening it came to. Ends the hard
// way where lmdb does.
import { lmdbStore } from 'sessera/lmdb'
import { type Handle, newHandle } from '../../src/store.js'

const [first, ...folders] = process.argv.slice(2) as [string, ...string[]]
const handles = first.split(',') as Handle[]

async function use(path: string): Promise<string> {
  let store
  try {
    store = lmdbStore({ path })
  } catch (error) {
    const { code, option } = error as { code: string; option: string }
    return `${code} ${option}`
  }
  let found = 0
  for (const handle of handles) if ((await store.load(handle)) !== undefined) found += 1
  await Promise.all(Array.from({ length: 50 }, () => store.insert(newHandle(), 'new'.repeat(300), 60_000)))
  await Promise.all(handles.map((handle) => store.remove(handle)))
  await store.close()
  return `${found} found`
}

for (const path of folders) console.log(await use(path))
