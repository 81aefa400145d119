import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { newHandle } from 'sessera'
import { lmdbStore } from 'sessera/lmdb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const hour = 3_600_000
const script = ['--import', 'tsx', fileURLToPath(new URL('one-process.ts', import.meta.url))]
const timeout = 30_000
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessera-processes-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Runs another process while this one stands still: its event loop does not turn, so nothing in it is refreshed by chance. */
function inAnotherProcess(...commandLine: string[]): unknown {
  return JSON.parse(execFileSync(process.execPath, [...script, folder, ...commandLine], { encoding: 'utf8', timeout }))
}

describe('several processes on one lmdb folder', () => {
  it('add up exactly, also when they make the folder and the session at the same moment', async () => {
    const path = join(folder, 'made/by/the/first')
    const handle = newHandle()
    const commandLine = [...script, path, 'count', handle, '100']
    const runs = [1, 2, 3].map(() => promisify(execFile)(process.execPath, commandLine, { timeout }))
    const made = (await Promise.all(runs)).map(({ stdout }) => JSON.parse(stdout) as boolean)
    expect(made.filter(Boolean)).toHaveLength(1)
    const store = lmdbStore({ path })
    expect((await store.load(handle))?.text).toBe('300')
    await store.close()
  })

  it('see at once what another has written', async () => {
    const store = lmdbStore({ path: folder })
    const handle = newHandle()
    const version = (await store.insert(handle, 'mine', hour))!
    expect(await store.load(handle)).toEqual({ text: 'mine', version })

    const changed = inAnotherProcess('change', handle, 'theirs') as { version: string }
    const current = { text: 'theirs', version: changed.version }
    expect(await store.load(handle)).toEqual(current)
    expect(await store.replace(handle, version, 'mine again', hour)).toEqual({ status: 'changed', current })
    await store.close()
  })

  it('bring nothing back that another has ended', async () => {
    const store = lmdbStore({ path: folder })
    const handle = newHandle()
    const version = (await store.insert(handle, 'mine', hour))!
    expect(await store.load(handle)).toBeDefined()

    expect(inAnotherProcess('end', handle)).toBe('removed')
    expect(await store.load(handle)).toBeUndefined()
    expect(await store.replace(handle, version, 'mine again', hour)).toEqual({ status: 'gone' })
    expect(await store.remove(handle, version)).toBe('gone')
    await store.close()
  })

  it('survive a full disk: what was stored stays, what could not be stored is an error, and ending still works', async () => {
    const store = lmdbStore({ path: folder })
    const handle = newHandle()
    await store.insert(handle, 'kept', hour)
    await store.close()
    // The shell limits how large a file may grow, in blocks of 512 or 1024 bytes.
    const limited = ['-c', 'ulimit -f 2000; exec "$0" "$@"', process.execPath, ...script, folder, 'fill', handle]
    const { stdout } = await promisify(execFile)('sh', limited, { timeout })
    expect(JSON.parse(stdout)).toEqual({
      name: 'StoreUnavailableError',
      code: 'STORE_UNAVAILABLE',
      still: 'kept',
      removed: 'removed',
    })
  })
})
