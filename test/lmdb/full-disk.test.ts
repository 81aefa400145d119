import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../support/commands.js'
import { compileProgram } from '../support/compile-program.js'

const script = await compileProgram(new URL('on-full-disk.ts', import.meta.url))
// In a mount namespace of its own, whose end takes the small disk away.
const mounting = ['--mount', 'sh', '-c', 'mount -t tmpfs -o size=${DISK:-4m} tmpfs "$0" && exec "$@"']
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessera-full-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const canMount = spawnSync('unshare', [...mounting, tmpdir(), 'true']).status === 0
const orWhyNot = canMount ? '' : ' (skipped: unshare may not mount a small disk here)'

describe.skipIf(!canMount)(`lmdbStore on a full disk${orWhyNot}`, { timeout: 60_000 }, () => {
  it.each([
    { disk: '4m', size: 300, width: 1 },
    { disk: '4m', size: 300, width: 40 },
    { disk: '4m', size: 5000, width: 8 },
    { disk: '4m', size: 20_000, width: 4 },
    { disk: '4m', size: 60_000, width: 1 },
    // What ends at once is on more pages than are kept free.
    { disk: '16m', size: 300, width: 60 },
  ])('lets those read and sign out who are there, one by one and all at once: %o', async ({ disk, size, width }) => {
    const command = [process.execPath, script, join(folder, 'sessions'), String(size), String(width)]
    const { ok, output } = await run('env', `DISK=${disk}`, 'unshare', ...mounting, folder, ...command)
    if (!ok) throw new Error(output)
    expect(JSON.parse(output)).toEqual({
      failures: ['STORE_FULL'],
      signedIn: 30,
      refused: 'STORE_FULL',
      signedOut: 30,
      comeBack: 0,
      ended: true,
      left: 0,
    })
  })
})
