import { closeSync, mkdirSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Makes the folder and its parents where they are missing, for their owner only, and answers its one true path. */
export function makeFolder(path: string): string {
  const folder = resolve(path)
  makeMissing(folder)
  return realpathSync(folder)
}

// Level by level, because Node's own recursive mkdir never returns from where new folders are refused with ENOENT, as in /proc.
function makeMissing(folder: string): void {
  if (isFolder(folder)) return
  const parent = dirname(folder)
  if (parent !== folder) makeMissing(parent)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (!isFolder(folder)) throw error // else another process was faster
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

const magic = Buffer.from('dec0efbe', 'hex')

/** Throws on a file that is not lmdb's own, because lmdb itself would crash the process on it. */
export function checkDatabaseFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return
  const head = Buffer.alloc(64)
  const file = openSync(path, 'r')
  try {
    if (readSync(file, head) > 0 && !head.includes(magic)) throw new Error(`${path} is not an lmdb database`)
  } finally {
    closeSync(file)
  }
}
