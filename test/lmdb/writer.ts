// A process under load for kill.test.ts: adds elements to shared sessions by compare-and-set, makes and ends others, and tells
// the parent of each write once it was acknowledged. Never ends by itself.
import { lmdbStore } from 'sessera/lmdb'
import { type Handle, newHandle } from '../../src/store.js'

/** What a writer tells: an element is in the session, or (without one) the session has ended. */
export interface Acknowledgement {
  readonly handle: Handle
  readonly element?: string
}

const [path, name, ...handles] = process.argv.slice(2) as [string, string, ...Handle[]]
const store = lmdbStore({ path })
const hour = 3_600_000
let count = 0

function acknowledge(acknowledgement: Acknowledgement): void {
  process.send?.(acknowledgement)
}

async function add(handle: Handle, element: string): Promise<void> {
  let record = await store.load(handle)
  while (record !== undefined) {
    const result = await store.replace(handle, record.version, `${record.text} ${element}`, hour)
    if (result.status === 'replaced') return acknowledge({ handle, element })
    record = result.status === 'changed' ? result.current : undefined
  }
  throw new Error(`Session ${handle} is lost.`)
}

async function makeAndEnd(): Promise<void> {
  const handle = newHandle()
  await store.insert(handle, 'short-lived', hour)
  if ((await store.remove(handle)) !== 'removed') throw new Error(`Session ${handle} is lost.`)
  acknowledge({ handle })
}

async function work(): Promise<never> {
  for (;;) {
    count += 1
    if (count % 10 === 0) await makeAndEnd()
    await add(handles[count % handles.length]!, `${name}.${count}`)
  }
}

// The parent is gone: nobody else would stop us.
process.on('disconnect', () => process.exit())
await Promise.all([work(), work(), work(), work()])
