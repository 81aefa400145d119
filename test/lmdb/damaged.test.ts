import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Handle, newHandle } from 'sessera'
import { lmdbStore } from 'sessera/lmdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runToEnd } from '../support/application.js'
import { compileProgram } from '../support/compile-program.js'

const timeout = 60_000
const pageSize = 4096
const refused = 'INVALID_OPTION path'
let base: string
let folder: string
let size: number
const handles: Handle[] = []

beforeAll(async () => {
  base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'sessera-damaged-'))
  folder = join(base, 'whole')
  const store = lmdbStore({ path: folder })
  for (let count = 0; count < 120; count++) handles.push(newHandle())
  await Promise.all(handles.map((handle, index) => store.insert(handle, 'x'.repeat(50 + 90 * index), 3_600_000)))
  for (const handle of handles.slice(0, 20)) await store.remove(handle) // so that there are free pages
  await store.close()
  size = statSync(join(folder, 'sessions.mdb')).size
})

afterAll(() => rmSync(base, { recursive: true, force: true }))

/** What becomes of a process that uses copies of the folder, one after the other, each damaged in its way. */
async function outcomes(damages: readonly ((copy: string) => void)[]): Promise<string[]> {
  const copies = damages.map((damage, index) => {
    const copy = join(base, `copy-${index}`)
    cpSync(folder, copy, { recursive: true })
    damage(copy)
    return copy
  })
  try {
    const script = await compileProgram(new URL('use-folders.ts', import.meta.url))
    const { ok, output } = await runToEnd([script, handles.join(), ...copies])
    if (!ok) throw new Error(`The process ended after these, and said: ${output}`)
    return output.split('\n')
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true })
  }
}

const cut = (file: string, length: number) => (copy: string) => truncateSync(join(copy, file), length)

const overwrite = (page: number, content: Buffer) => (copy: string) => {
  const file = openSync(join(copy, 'sessions.mdb'), 'r+')
  writeSync(file, content, 0, content.length, page * pageSize)
  closeSync(file)
}

const noise = Buffer.from(
  Array.from({ length: pageSize }, (_, index) => (index * 7919 + ((index * index) >> 3)) & 0xff),
)

describe('a damaged file of lmdbStore ends no process', { timeout }, () => {
  it('when nothing is wrong with it, it is used', async () => {
    expect(await outcomes([() => {}])).toEqual(['100 found'])
  })

  it.each(['guard.mdb', 'sessions.mdb'])('%s cut off within its beginning is refused at opening', async (file) => {
    const lengths = [1, 10, 64, 167, 168, pageSize / 2, pageSize, pageSize + 100, pageSize + 167]
    const found = await outcomes(lengths.map((length) => cut(file, length)))
    expect(found).toEqual(lengths.map(() => refused))
  })

  it('cut off anywhere it is refused, or has all that it had', async () => {
    const lengths = [
      2 * pageSize,
      2 * pageSize + 1,
      3 * pageSize,
      size / 2,
      size - 10 * pageSize,
      size - pageSize,
      size - 1,
    ]
    const found = await outcomes(lengths.map((length) => cut('sessions.mdb', Math.floor(length))))
    expect(found.filter((outcome) => outcome !== refused && outcome !== '100 found')).toEqual([])
    expect(found.slice(0, 4)).toEqual([refused, refused, refused, refused])
  })

  it('empty it is a new one', async () => {
    expect(await outcomes([cut('sessions.mdb', 0), cut('guard.mdb', 0)])).toEqual(['0 found', '100 found'])
  })

  it.each([
    ['zeros', Buffer.alloc(pageSize)],
    ['ones', Buffer.alloc(pageSize, 0xff)],
    ['text', Buffer.alloc(pageSize, 'a page of something else\n')],
    ['noise', noise],
  ])('with pages of %s it is refused, or has all that it had', async (_what, content) => {
    const pages = Array.from({ length: 25 }, (_, index) => Math.floor((index * (size / pageSize)) / 25))
    const found = await outcomes(pages.map((page) => overwrite(page, content)))
    expect(found.filter((outcome) => outcome !== refused && outcome !== '100 found')).toEqual([])
    expect(found.filter((outcome) => outcome === refused).length).toBeGreaterThan(5)
    expect(found[0]).toBe(refused)
  })

  it('with its second half lost, as long as before, it is refused', async () => {
    const lost = (copy: string): void => {
      const path = join(copy, 'sessions.mdb')
      truncateSync(path, size / 2)
      truncateSync(path, size)
    }
    expect(await outcomes([lost])).toEqual([refused])
  })
})
