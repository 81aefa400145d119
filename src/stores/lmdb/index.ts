import { InvalidOptionError, StoreUnavailableError } from '../../errors.js'
import { checkOptionNames } from '../../options/names.js'
import { type Handle, newVersion, type ReplaceResult, type SessionStore, type StoredRecord } from '../../store.js'
import { type LmdbDatabase, openDatabase } from './database.js'
import { diskError } from './room.js'
import { clearInterval, setInterval } from '../../engine/timers.js'

export interface LmdbStoreOptions {
  /**
   * The folder of the database, on a local disk (never a network file system). A missing one is created, for its owner only.
   * All processes that name the same folder share the sessions in it.
   */
  readonly path: string
  /**
   * The clock, ms since the epoch. Default `Date.now`, which the processes of one machine share, also after a restart; so setting the
   * clock of the machine moves the end of every session. Tests put their own here.
   */
  readonly now?: () => number
}

interface Entry extends StoredRecord {
  readonly expiresAt: number
}

const sweepEveryMs = 60_000
// The batch runs under a write lock that all processes share: a few milliseconds at most.
const sweepBatch = 200

/**
 * Keeps sessions in an embedded database that any number of processes of one machine share; needs the package `lmdb`.
 *
 * A write is acknowledged once it is on the disk: from then on every process sees it, and it outlives them all being killed.
 * Expired sessions are swept once a minute; the file keeps its size, and its space is used again. Calls that fail reject with
 * {@link StoreUnavailableError}, or `StoreFullError` where the disk is full, and nothing of them is stored.
 *
 * @throws {@link InvalidOptionError} when an option is wrong, or the folder cannot be made, written or read as a database.
 */
export function lmdbStore(options: LmdbStoreOptions): SessionStore {
  if (typeof options === 'string') throw new InvalidOptionError('options', 'is a text; pass { path }')
  checkOptionNames('options', options, ['path', 'now'])
  const { path, now = Date.now } = options
  if (typeof now !== 'function') throw new InvalidOptionError('now', 'must be a function')
  const database = open(path)
  const { records, expiries } = database
  const timer = setInterval(() => void sweep(), sweepEveryMs).unref()
  let closing: Promise<void> | undefined

  function read(handle: Handle): Entry | undefined {
    const value = records.get(handle)
    return value === undefined ? undefined : readEntry(value)
  }

  const isAlive = (entry: Entry | undefined): entry is Entry => entry !== undefined && entry.expiresAt > now()

  function put(handle: Handle, text: string, lifetimeMs: number, previous: Entry | undefined): string {
    const version = newVersion()
    const expiresAt = Math.min(Math.ceil(now() + lifetimeMs), Number.MAX_SAFE_INTEGER)
    expiries.putSync([expiresAt, handle], '')
    records.putSync(handle, `${version} ${expiresAt} ${text}`)
    if (previous !== undefined && previous.expiresAt !== expiresAt) expiries.removeSync([previous.expiresAt, handle])
    return version
  }

  function drop(handle: Handle, { expiresAt }: Entry): void {
    records.removeSync(handle)
    expiries.removeSync([expiresAt, handle])
  }

  async function write<Result>(step: () => Result, added = ''): Promise<Result> {
    if (closing !== undefined) throw new StoreUnavailableError('The lmdb store is closed.')
    try {
      database.check()
      return await database.write(step, Buffer.byteLength(added))
    } catch (error) {
      throw diskError(error, path) ?? failure(error)
    }
  }

  async function replace(
    handle: Handle,
    expected: string,
    text: string,
    lifetimeMs: number,
    added: string,
  ): Promise<ReplaceResult> {
    if (!(lifetimeMs > 0)) return { status: 'gone' }
    return write<ReplaceResult>(() => {
      const entry = read(handle)
      if (!isAlive(entry)) return { status: 'gone' }
      if (!matches(entry, expected)) return { status: 'changed', current: shown(entry) }
      return { status: 'replaced', version: put(handle, text, lifetimeMs, entry) }
    }, added)
  }

  // Any number of processes may sweep at once: a batch is one transaction, and each looks again at what it removes.
  async function sweep(): Promise<void> {
    const end: [number] = [Math.floor(now()) + 1]
    const sweepOneBatch = (): number => {
      const due = Array.from(expiries.getKeys({ end, limit: sweepBatch }))
      for (const [expiresAt, handle] of due) {
        const entry = read(handle)
        if (entry?.version === '' || entry?.expiresAt === expiresAt) records.removeSync(handle)
        expiries.removeSync([expiresAt, handle])
      }
      return due.length
    }
    try {
      database.forgetDeadReaders()
      while ((await write(sweepOneBatch)) === sweepBatch);
    } catch {
      // Closed meanwhile, or failing: then the calls of sessions say so, and the next minute tries again.
    }
  }

  return {
    now,
    atomicity: 'store',
    async load(handle) {
      if (closing !== undefined) throw new StoreUnavailableError('The lmdb store is closed.')
      try {
        database.check()
        // Otherwise the read would see what stood there when the event loop last turned, not what other processes wrote since.
        records.resetReadTxn()
        const entry = read(handle)
        return isAlive(entry) ? shown(entry) : undefined
      } catch (error) {
        throw failure(error)
      }
    },
    async insert(handle, text, lifetimeMs) {
      if (!(lifetimeMs > 0)) return undefined
      return write(() => {
        const entry = read(handle)
        return isAlive(entry) ? undefined : put(handle, text, lifetimeMs, entry)
      }, text)
    },
    replace: (handle, expected, text, lifetimeMs) => replace(handle, expected, text, lifetimeMs, text),
    // Takes the place of what it leaves, so that it may use what is kept free on a full disk.
    renew: (handle, expected, text, lifetimeMs) => replace(handle, expected, text, lifetimeMs, ''),
    async remove(handle, expected) {
      return write(() => {
        const entry = read(handle)
        if (!isAlive(entry)) return 'gone'
        if (expected !== undefined && !matches(entry, expected)) return 'changed'
        drop(handle, entry)
        return 'removed'
      })
    },
    close() {
      clearInterval(timer)
      return (closing ??= database.close())
    },
  }
}

const headGrammar = /^([\w-]{11}) (\d{1,16}) /

/** What is not ours comes back whole, with an empty version, and never expires by itself. */
function readEntry(value: string): Entry {
  const [head = '', version = '', expiresAt = Infinity] = headGrammar.exec(value) ?? []
  return { text: value.slice(head.length), version, expiresAt: Number(expiresAt) }
}

/** An empty version marks what we cannot read; nobody can have read it, so it is nobody's expectation. */
function matches(entry: Entry, expected: string): boolean {
  return entry.version !== '' && entry.version === expected
}

function shown({ text, version }: Entry): StoredRecord {
  return { text, version }
}

function failure(error: unknown): StoreUnavailableError {
  return new StoreUnavailableError('The lmdb store failed to read or write its folder.', error)
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
