import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { Handle } from '../../store.js'
import { checkDatabaseFile } from './file.js'
import { makeFolder } from './folder.js'
import { type Claim, claimFolder } from './namespace.js'
import { type Room, roomIn } from './room.js'

/** The databases of one folder, and the only way to write to them. */
export interface LmdbDatabase {
  /** By handle: `<version> <expiresAt> <text>`. */
  readonly records: Database<string, Handle>
  /** The order in which the records expire. Values are empty. */
  readonly expiries: Database<string, [expiresAt: number, handle: Handle]>
  /**
   * Runs a synchronous step in a write transaction that excludes all other processes, and resolves once it is on the disk. Steps
   * that wait share one transaction; when one throws, or the commit fails, all of it is undone and all of them reject. A step that
   * stores so many bytes, for which there is no room, is left out.
   */
  write<Result>(step: () => Result, bytes?: number): Promise<Result>
  /** Throws once the folder is no longer this process's to use. */
  check(): void
  /** Lets go of what killed processes were reading, so that its space is used again. */
  forgetDeadReaders(): void
  /** Closes the files after the writes under way, unless somebody else in this process has them open. */
  close(): Promise<void>
}

const folders: unique symbol = Symbol.for('sessera.lmdb-folders') as never

interface Opened extends LmdbDatabase {
  users: number
}

interface WaitingStep {
  readonly bytes: number
  readonly run: () => unknown
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
}

// Within a process the files are opened once, also by two copies of this package (Bun takes one by import, one by require): a
// second time would wait for a lock that this very thread may have to give back.
const shared = globalThis as { [folders]?: Map<string, Opened> }
const openedFolders = (shared[folders] ??= new Map<string, Opened>())

/** Opens the databases in that folder, which is made when it is missing. Throws whatever lmdb or the file system throws. */
export function openDatabase(path: string): LmdbDatabase {
  const folder = makeFolder(path)
  const opened = openedFolders.get(folder) ?? openFiles(folder)
  openedFolders.set(folder, opened)
  opened.users += 1
  return opened
}

/**
 * lmdb is safe with many processes, except in the moment in which one opens the file: it then tells the others, without their
 * lock, which transaction is the newest, and a commit of that moment is lost or the file destroyed. So each process first opens a
 * second, empty database, the guard. Nothing is ever committed to it, which makes opening it harmless; its write lock, which
 * the system gives free when the process is killed, is what opening and writing take turns by.
 */
function openFiles(folder: string): Opened {
  const claim = claimFolder(folder)
  const { guard, root, records, expiries } = openClaimed(folder, claim)
  let waiting: WaitingStep[] = []

  async function commitWaiting(): Promise<void> {
    let batch: WaitingStep[] = []
    try {
      // Waits for the guard beside the event loop; with it, the synchronous transaction begins at once.
      await guard.transaction(() => {
        batch = takeFitting(waiting, roomIn(folder))
        waiting = []
        const results = root.transactionSync(() => batch.map(({ run }) => run()))
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] as never)
      })
    } catch (error) {
      if (batch.length === 0) [batch, waiting] = [waiting, []]
      for (const { reject } of batch) reject(error)
    }
  }

  function write<Result>(step: () => Result, bytes = 0): Promise<Result> {
    return new Promise((resolve, reject) => {
      waiting.push({ bytes, run: step, resolve, reject })
      if (waiting.length === 1) void commitWaiting()
    })
  }

  const opened: Opened = {
    users: 0,
    records,
    expiries,
    write,
    check: () => claim.check(),
    forgetDeadReaders() {
      root.readerCheck()
    },
    async close() {
      opened.users -= 1
      await write(() => {}).catch(() => {}) // what failed has been told to whoever wrote it
      if (opened.users > 0 || openedFolders.get(folder) !== opened) return
      openedFolders.delete(folder)
      claim.release()
      await Promise.all([guard.close(), root.close()])
    },
  }
  return opened
}

/** The steps for which there is room. The others are told that there is none. */
function takeFitting(steps: readonly WaitingStep[], room: Room): WaitingStep[] {
  return steps.filter(({ bytes, reject }) => {
    try {
      if (bytes > 0) room.take(bytes)
      return true
    } catch (error) {
      reject(error)
      return false
    }
  })
}

function openClaimed(folder: string, claim: Claim) {
  try {
    const guard = openGuard(folder)
    return { guard, ...openSessions(guard, folder) }
  } catch (error) {
    claim.release()
    throw error
  }
}

function openGuard(folder: string): RootDatabase {
  try {
    return openFile(folder, 'guard.mdb')
  } catch {
    // Another process may just be making it, which no lock shows.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    return openFile(folder, 'guard.mdb')
  }
}

function openSessions(guard: RootDatabase, folder: string) {
  try {
    return guard.transactionSync(() => {
      const root = openFile(folder, 'sessions.mdb')
      const records = root.openDB<string, Handle>('records', { encoding: 'string' })
      const expiries = root.openDB<string, [number, Handle]>('expiries', { encoding: 'string' })
      return { root, records, expiries }
    })
  } catch (error) {
    void guard.close()
    throw error
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
    // Batches are opened with a promise of lmdb's own, which nobody could handle if it was rejected.
    eventTurnBatching: false,
  }
  return open(options)
}
