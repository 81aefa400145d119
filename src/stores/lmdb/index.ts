import { clearInterval, setInterval } from '../../engine/timers.js'
import { InvalidOptionError, StoreUnavailableError } from '../../errors.js'
import { checkOptionNames } from '../../options/check-option-names.js'
import { type Handle, newVersion, type ReplaceResult, type SessionStore } from '../../store.js'
import { type LmdbDatabase, openDatabase } from './database.js'
import { announceThrough } from './announcements.js'
import { diskError } from './disk-space.js'
import { decodeEntry, encodeEntry, type Entry, isVersion } from './entry.js'
import { listSessions } from './list-sessions.js'
import { userEntries } from './user-entries.js'
import { userIndex } from './user-index.js'
import { userJournal } from './user-journal.js'

/** Options of `lmdbStore`. */
export interface LmdbStoreOptions {
  /**
   * The folder of the database, on a local disk (never a network file system). Created if it is missing, accessible to this user only.
   * All processes that name the same folder share the sessions in it.
   */
  readonly path: string
  /**
   * The clock, ms since the epoch. Default `Date.now`, which the processes of one machine share, also after a restart; setting the
   * machine's clock therefore moves the end of every session. For tests.
   */
  readonly now?: () => number
}

const sweepEveryMs = 60_000
// A batch runs under a write lock that all processes share: a few milliseconds at most.
const sweepBatch = 200

/**
 * Keeps sessions in an embedded database that any number of processes of one machine share; needs the package `lmdb`.
 *
 * A write is acknowledged once it is on the disk: from then on every process sees it, and it survives if all of them are killed.
 * Expired sessions are removed once a minute; the file keeps its size and its space is used again. Calls that fail reject with
 * {@link StoreUnavailableError}, or `StoreFullError` if the disk is full, and store nothing.
 *
 * @throws {@link InvalidOptionError} when an option is wrong, or the folder cannot be created, written or read as a database.
 */
export function lmdbStore(options: LmdbStoreOptions): SessionStore {
  if (typeof options === 'string') throw new InvalidOptionError('options', 'is a string; pass { path }')
  checkOptionNames('options', options, ['path', 'now'])
  const { path, now = Date.now } = options
  if (typeof now !== 'function') throw new InvalidOptionError('now', 'must be a function')
  const database = open(path)
  const { records, expiries } = database
  const entriesOfUsers = userEntries(database)
  const timer = setInterval(() => void sweep(), sweepEveryMs).unref()
  let closing: Promise<void> | undefined

  function find(handle: Handle): Entry | undefined {
    const value = records.get(handle)
    return value === undefined ? undefined : decodeEntry(value)
  }

  function findAlive(handle: Handle): Entry | undefined {
    const entry = find(handle)
    return entry !== undefined && entry.expiresAt > now() ? entry : undefined
  }

  function put(handle: Handle, text: string, lifetimeMs: number): string {
    const previous = find(handle)
    const version = newVersion()
    const expiresAt = Math.min(Math.ceil(now() + lifetimeMs), Number.MAX_SAFE_INTEGER)
    expiries.putSync([expiresAt, handle], '')
    records.putSync(handle, encodeEntry({ record: { text, version }, expiresAt }))
    if (previous !== undefined && previous.expiresAt !== expiresAt) expiries.removeSync([previous.expiresAt, handle])
    return version
  }

  /** Rejects only with our own errors. */
  async function attempt<Result>(step: () => Result | Promise<Result>): Promise<Result> {
    if (closing !== undefined) throw new StoreUnavailableError('The lmdb store is closed.')
    try {
      database.check()
      return await step()
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error
      throw new StoreUnavailableError('The lmdb store failed to read or write its folder.', error)
    }
  }

  function read<Result>(step: () => Result): Promise<Result> {
    return attempt(() => {
      // Otherwise the read would see the state of the last turn of the event loop, not what other processes have written since.
      records.resetReadTxn()
      return step()
    })
  }

  /** `addedBytes`: what needs disk space. */
  function write<Result>(step: () => Result, addedBytes = 0): Promise<Result> {
    return attempt(() =>
      database.write(step, addedBytes).catch((error: unknown) => {
        throw diskError(error, path) ?? error
      }),
    )
  }

  const replaceAs =
    (addedBy: (text: string) => number): SessionStore['replace'] =>
    async (handle, expected, text, lifetimeMs) => {
      if (!(lifetimeMs > 0)) return { status: 'gone' }
      return write<ReplaceResult>(() => {
        const entry = findAlive(handle)
        if (entry === undefined) return { status: 'gone' }
        if (!isVersion(entry, expected)) return { status: 'changed', current: entry.record }
        return { status: 'replaced', version: put(handle, text, lifetimeMs) }
      }, addedBy(text))
    }

  const isStored = (handle: Handle): boolean => findAlive(handle) !== undefined
  const access = { now, isStored, read, write }
  const journal = userJournal(database, access)
  const announcements = announceThrough(database.ends, { now, attempt, write })

  // Several processes may sweep at once: a batch is one transaction, and checks what it removes.
  async function sweep(): Promise<void> {
    const end: [number] = [Math.floor(now()) + 1]
    const sweepRecords = (): number => {
      const due = Array.from(expiries.getKeys({ end, limit: sweepBatch }))
      for (const [expiresAt, handle] of due) {
        const entry = find(handle)
        if (entry?.record.version === '' || entry?.expiresAt === expiresAt) records.removeSync(handle)
        expiries.removeSync([expiresAt, handle])
      }
      return due.length
    }
    try {
      database.forgetDeadReaders()
      const sweeps = [sweepRecords, () => entriesOfUsers.dropDue(now(), sweepBatch), () => journal.dropDue(sweepBatch)]
      for (const sweepOneBatch of sweeps) while ((await write(sweepOneBatch)) === sweepBatch);
      await announcements.sweep()
    } catch {
      // The store was closed, or fails: session calls report that, and the next minute tries again.
    }
  }

  return {
    now,
    kind: 'lmdb',
    atomicity: 'store',
    load: (handle) => read(() => findAlive(handle)?.record),
    async insert(handle, text, lifetimeMs) {
      if (!(lifetimeMs > 0)) return undefined
      return write(
        () => (findAlive(handle) === undefined ? put(handle, text, lifetimeMs) : undefined),
        Buffer.byteLength(text),
      )
    },
    replace: replaceAs((text) => Buffer.byteLength(text)),
    // Takes the place of the old record, so it may use the space that is kept free on a full disk.
    renew: replaceAs(() => 0),
    remove: (handle, expected) =>
      write(() => {
        const entry = findAlive(handle)
        if (entry === undefined) return 'gone'
        if (expected !== undefined && !isVersion(entry, expected)) return 'changed'
        records.removeSync(handle)
        expiries.removeSync([entry.expiresAt, handle])
        return 'removed'
      }),
    users: userIndex(database, entriesOfUsers, access),
    journal,
    list: listSessions(records, read),
    announcements,
    close() {
      clearInterval(timer)
      announcements.close()
      return (closing ??= database.close())
    },
  }
}

function open(path: string): LmdbDatabase {
  if (typeof path !== 'string' || path === '') throw new InvalidOptionError('path', 'must name a folder')
  try {
    return openDatabase(path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new InvalidOptionError('path', `cannot be the folder of the lmdb store: ${reason}`, error)
  }
}
