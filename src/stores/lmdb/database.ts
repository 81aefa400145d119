import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { Handle } from '../../store.js'
import { createFolder } from './create-folder.js'
import { checkDatabaseFile } from './file-check.js'
import { type Lease, leaseFolder } from './namespace-lease.js'
import { type Write, writeInBatches } from './write-batches.js'

/** The databases of one folder, and the only way to write to them. */
export interface LmdbDatabase {
  /** By handle: `<version> <expiresAt> <text>`. */
  readonly records: Database<string, Handle>
  /** The order in which the records expire. Values are empty. */
  readonly expiries: Database<string, [expiresAt: number, handle: Handle]>
  /** By the digest of a user's id: `<number of entries> <mark of the last revocation>`, or the number alone. */
  readonly users: Database<string, string>
  /** The sessions of each user. Values say when the entry ends. */
  readonly userEntries: Database<string, [user: string, handle: Handle]>
  /** The order in which entries and marks end; those have `-` in the place of the handle. Values are empty. */
  readonly userExpiries: Database<string, [expiresAt: number, user: string, handle: Handle | '-']>
  /** The last mark of a revocation that was left by this process. */
  latestMark: number
  /** The texts in the journals of users, by the order in which they were added, and by the time at which they go. */
  readonly journals: Database<string, [user: string, number: number, until: number]>
  /** The order in which they go. Values are empty. */
  readonly journalExpiries: Database<string, [until: number, user: string, number: number]>
  /** What was announced lately, by number; see announcements.ts. */
  readonly ends: Database<string, number>
  readonly write: Write
  /** Throws once this process may no longer use the folder. */
  check(): void
  /** Releases the snapshots of killed processes, so that their space is used again. */
  forgetDeadReaders(): void
  /** Closes the files after the pending writes, unless another store in this process has them open. */
  close(): Promise<void>
}

interface OpenDatabase extends LmdbDatabase {
  openStores: number
}

// Within a process the files are opened once, also by two copies of this package (Bun loads one by import, one by require): opening
// them again would wait for a lock that this very thread may have to release.
const openFolders: unique symbol = Symbol.for('sessera.lmdb-folders') as never
const shared = globalThis as { [openFolders]?: Map<string, OpenDatabase> }
const openDatabases = (shared[openFolders] ??= new Map<string, OpenDatabase>())

/** Opens the databases in a folder, which is created if it is missing. Throws the errors of lmdb and the file system. */
export function openDatabase(path: string): LmdbDatabase {
  const folder = createFolder(path)
  const database = openDatabases.get(folder) ?? openFolder(folder)
  openDatabases.set(folder, database)
  database.openStores += 1
  return database
}

function openFolder(folder: string): OpenDatabase {
  const lease = leaseFolder(folder)
  const { guard, root, ...databases } = openFiles(folder, lease)
  const write = writeInBatches(guard, root, folder)
  const database: OpenDatabase = {
    openStores: 0,
    ...databases,
    latestMark: -Infinity,
    write,
    check: () => lease.check(),
    forgetDeadReaders() {
      root.readerCheck()
    },
    async close() {
      database.openStores -= 1
      await write(() => {}).catch(() => {}) // failed writes have rejected already
      if (database.openStores > 0 || openDatabases.get(folder) !== database) return
      openDatabases.delete(folder)
      lease.release()
      await Promise.all([guard.close(), root.close()])
    },
  }
  return database
}

/**
 * lmdb is safe with many processes, except at the moment when one opens the file: it then tells the others, without their lock, which
 * transaction is the newest, and a commit at that moment is lost or the file destroyed. So each process first opens a second, empty
 * database, the guard. Nothing is ever committed to it, so opening it is harmless. Opening and writing take turns by its write lock,
 * which the system releases if the process is killed.
 */
function openFiles(folder: string, lease: Lease) {
  let guard: RootDatabase | undefined
  try {
    guard = openGuard(folder)
    const opened = guard.transactionSync(() => {
      const root = openFile(folder, 'sessions.mdb')
      return { root, ...openDatabasesOf(root) }
    })
    return { guard, ...opened }
  } catch (error) {
    void guard?.close()
    lease.release()
    throw error
  }
}

/** A file of an earlier version lacks some of them; they are created. */
function openDatabasesOf(root: RootDatabase) {
  const encoding = { encoding: 'string' } as const
  return {
    records: root.openDB<string, Handle>('records', encoding),
    expiries: root.openDB<string, [number, Handle]>('expiries', encoding),
    users: root.openDB<string, string>('users', encoding),
    userEntries: root.openDB<string, [string, Handle]>('user-entries', encoding),
    userExpiries: root.openDB<string, [number, string, Handle | '-']>('user-expiries', encoding),
    journals: root.openDB<string, [string, number, number]>('journals', encoding),
    journalExpiries: root.openDB<string, [number, string, number]>('journal-expiries', encoding),
    ends: root.openDB<string, number>('ends', encoding),
  }
}

function openGuard(folder: string): RootDatabase {
  try {
    return openFile(folder, 'guard.mdb')
  } catch {
    // Another process may be creating it, which no lock shows.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    return openFile(folder, 'guard.mdb')
  }
}

function openFile(folder: string, name: string): RootDatabase {
  const path = join(folder, name)
  checkDatabaseFile(path)
  const options = {
    path,
    noSubdir: true,
    permissionsMode: 0o600,
    // A commit is acknowledged once it is on the disk, not before.
    overlappingSync: false,
    // Otherwise lmdb makes a promise for each batch, whose rejection nobody can handle.
    eventTurnBatching: false,
  }
  return open(options)
}
