import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { newHandle } from 'sessera'
import { lmdbStore } from 'sessera/lmdb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compileProgram } from '../support/compile-program.js'

const hour = 3_600_000
const script = await compileProgram(new URL('one-process.ts', import.meta.url))
const timeout = 30_000
// In memory where there is such a folder: without the disk writes follow one another so fast that they do meet.
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(base, 'sessera-processes-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Runs another process while this one stands still: its event loop does not turn, so nothing in it is refreshed by chance. */
function inAnotherProcess(...commandLine: string[]): unknown {
  return JSON.parse(execFileSync(process.execPath, [script, folder, ...commandLine], { encoding: 'utf8', timeout }))
}

/** Runs that many other processes at once, and gives what they say. */
async function inOtherProcesses(path: string, commandLines: string[][]): Promise<unknown[]> {
  const runs = commandLines.map((line) => promisify(execFile)(process.execPath, [script, path, ...line], { timeout }))
  return (await Promise.all(runs)).map(({ stdout }) => JSON.parse(stdout) as unknown)
}

describe('several processes on one lmdb folder', { timeout: 40_000 }, () => {
  it('add up exactly, also when they make the folder and the session at the same moment', async () => {
    const path = join(folder, 'made/by/the/first')
    const handle = newHandle()
    const made = await inOtherProcesses(
      path,
      Array.from({ length: 3 }, () => ['count', handle, '80']),
    )
    expect(made.filter(Boolean)).toHaveLength(1)
    const store = lmdbStore({ path })
    expect((await store.load(handle))?.text).toBe('240')
    await store.close()
  })

  it('add up exactly while others come and go', async () => {
    const store = lmdbStore({ path: folder })
    const handle = newHandle()
    await store.insert(handle, '0', hour)
    await inOtherProcesses(folder, [
      ['count', handle, '1200'],
      ['count', handle, '1200'],
      ['reopen', handle, '2400'],
    ])
    expect((await store.load(handle))?.text).toBe('2400')
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
    const limited = ['-c', 'ulimit -f 2000; exec "$0" "$@"', process.execPath, script, folder, 'fill', handle]
    const { stdout } = await promisify(execFile)('sh', limited, { timeout })
    expect(JSON.parse(stdout)).toEqual({
      name: 'StoreRefusedError',
      code: 'STORE_REFUSED',
      still: 'kept',
      removed: 'removed',
    })
  })
})
