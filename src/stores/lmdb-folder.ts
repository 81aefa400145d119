import { closeSync, mkdirSync, openSync, readSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import { InvalidOptionError } from '../errors.js'
import type { Handle } from '../store.js'

export interface OpenedFolder {
  readonly root: RootDatabase
  /** By handle: `<version> <expiresAt> <text>`. */
  readonly records: Database<string, Handle>
  /** The order in which the records expire. Values are empty. */
  readonly expiries: Database<string, [expiresAt: number, handle: Handle]>
}

/**
 * Opens the databases in that folder: made when missing, for its owner only (folder 0700, files 0600).
 *
 * @throws {@link InvalidOptionError} naming `path`, whatever goes wrong.
 */
export function openFolder(path: string): OpenedFolder {
  if (typeof path !== 'string' || path === '') throw new InvalidOptionError('path', 'must name a folder')
  const folder = resolve(path)
  const options = {
    path: folder,
    noSubdir: false, // also where the folder's name has a dot
    permissionsMode: 0o600,
    // Batches are opened with a promise of lmdb's own, which nobody can handle when the commit fails, say on a full disk.
    eventTurnBatching: false,
    // lmdb flushes beside the next commit otherwise, and a process killed there makes others forget what they had committed.
    overlappingSync: false,
  }
  try {
    makeFolder(folder)
    checkDataFile(join(folder, 'data.mdb'))
    const root = open(options)
    return {
      root,
      records: root.openDB('records', { encoding: 'string' }),
      expiries: root.openDB('expiries', { encoding: 'string' }),
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new InvalidOptionError('path', `cannot be the folder of the lmdb store: ${reason}`, error)
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

// Level by level, because Node's own recursive mkdir never returns from a folder that refuses new ones by ENOENT, as /proc does.
function makeFolder(path: string): void {
  if (isFolder(path)) return
  const parent = dirname(path)
  if (parent !== path) makeFolder(parent)
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (!isFolder(path)) throw error // else another process was faster
  }
}

const magic = Buffer.from('dec0efbe', 'hex')

// lmdb crashes the whole process when the file is not its own.
function checkDataFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return
  const head = Buffer.alloc(64)
  const file = openSync(path, 'r')
  try {
    if (readSync(file, head) > 0 && !head.includes(magic)) throw new Error(`${path} is not an lmdb database`)
  } finally {
    closeSync(file)
  }
}
