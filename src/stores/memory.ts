import { InvalidArgumentError, InvalidOptionError, StoreUnavailableError } from '../errors.js'
import { checkOptionNames } from '../options/check-option-names.js'
import { type Handle, newVersion, type SessionStore, type StoredRecord } from '../store.js'
import { memoryAnnouncements } from './memory-announcements.js'
import { memoryJournal } from './memory-journal.js'
import { memoryUsers } from './memory-users.js'

/** Options of `memoryStore`. */
export interface MemoryStoreOptions {
  /** The maximum number of sessions. Default 10,000. */
  readonly maxSessions?: number
  /** The maximum size of all records in bytes, counted as UTF-8 text. Default 64 MiB. */
  readonly maxBytes?: number
  /**
   * The clock, ms since the epoch. Default `Date.now`; setting the machine's clock therefore moves the end of every session. For tests.
   */
  readonly now?: () => number
}

interface Entry extends StoredRecord {
  readonly bytes: number
  readonly expiresAt: number
}

/**
 * Keeps sessions in this process only: for development, tests, and applications that are one process and may sign everybody out when
 * it restarts.
 *
 * It never grows past `maxSessions` and `maxBytes`. When it is full, a write removes expired sessions first, then the least recently
 * read or written ones. A record larger than `maxBytes` is refused with {@link InvalidArgumentError}, and the stored session stays. There
 * is no timer: expired sessions are removed by writes.
 *
 * @throws {@link InvalidOptionError} when an option is wrong.
 */
export function memoryStore(options: MemoryStoreOptions = {}): SessionStore {
  if (typeof options === 'function') {
    throw new InvalidOptionError('options', 'must be an object, or left out; it needs nothing of express-session')
  }
  checkOptionNames('options', options, ['maxSessions', 'maxBytes', 'now'])
  const { maxSessions = 10_000, maxBytes = 64 * 1024 * 1024, now = Date.now } = options
  checkLimit('maxSessions', maxSessions)
  checkLimit('maxBytes', maxBytes)
  if (typeof now !== 'function') throw new InvalidOptionError('now', 'must be a function')

  // A Map keeps the order of insertion. A used entry moves to the end, so the first one is the least recently used.
  const entries = new Map<Handle, Entry>()
  let bytes = 0
  // No session expires before this, so a full store is not searched on every write.
  let earliestExpiry = Infinity
  let closed = false

  function checkOpen(): void {
    if (closed) throw new StoreUnavailableError('The memory store is closed.')
  }

  const users = memoryUsers(now, checkOpen, (handle) => find(handle) !== undefined)

  function find(handle: Handle): Entry | undefined {
    checkOpen()
    const entry = entries.get(handle)
    if (entry === undefined) return undefined
    entries.delete(handle)
    entries.set(handle, entry)
    if (entry.expiresAt > now()) return entry
    drop(handle, entry)
    return undefined
  }

  function drop(handle: Handle, entry: Entry): void {
    entries.delete(handle)
    bytes -= entry.bytes
  }

  function dropExpired(time: number): void {
    if (time < earliestExpiry) return
    earliestExpiry = Infinity
    for (const [handle, entry] of entries) {
      if (entry.expiresAt <= time) drop(handle, entry)
      else earliestExpiry = Math.min(earliestExpiry, entry.expiresAt)
    }
  }

  function dropLeastRecentlyUsed(extraBytes: number): void {
    for (const [handle, entry] of entries) {
      if (entries.size < maxSessions && bytes + extraBytes <= maxBytes) return
      drop(handle, entry)
    }
  }

  function put(handle: Handle, text: string, lifetimeMs: number, previous?: Entry): string {
    const size = Buffer.byteLength(text)
    if (size > maxBytes) {
      throw new InvalidArgumentError(
        `A record of ${size} bytes is larger than the memory store's maxBytes, ${maxBytes}.`,
      )
    }
    const time = now()
    if (previous !== undefined) drop(handle, previous)
    dropExpired(time)
    dropLeastRecentlyUsed(size)
    const entry = { text, version: newVersion(), bytes: size, expiresAt: time + lifetimeMs }
    entries.set(handle, entry)
    bytes += size
    earliestExpiry = Math.min(earliestExpiry, entry.expiresAt)
    return entry.version
  }

  return {
    now,
    kind: 'memory',
    atomicity: 'process',
    async load(handle) {
      const entry = find(handle)
      return entry && recordOf(entry)
    },
    async insert(handle, text, lifetimeMs) {
      if (find(handle) !== undefined || !(lifetimeMs > 0)) return undefined
      return put(handle, text, lifetimeMs)
    },
    async replace(handle, expected, text, lifetimeMs) {
      const entry = find(handle)
      if (entry === undefined || !(lifetimeMs > 0)) return { status: 'gone' }
      if (entry.version !== expected) return { status: 'changed', current: recordOf(entry) }
      return { status: 'replaced', version: put(handle, text, lifetimeMs, entry) }
    },
    async remove(handle, expected) {
      const entry = find(handle)
      if (entry === undefined) return 'gone'
      if (expected !== undefined && entry.version !== expected) return 'changed'
      drop(handle, entry)
      return 'removed'
    },
    users,
    announcements: memoryAnnouncements(),
    journal: memoryJournal(now, checkOpen),
    async list(after) {
      checkOpen()
      if (after !== undefined)
        throw new InvalidArgumentError('The cursor of the list is not from this store: its lists have one page.')
      dropExpired(now())
      return { handles: [...entries.keys()], after: undefined }
    },
    async close() {
      closed = true
      entries.clear()
      users.clear()
    },
  }
}

function checkLimit(option: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidOptionError(option, 'must be a whole number greater than zero')
  }
}

function recordOf({ text, version }: Entry): StoredRecord {
  return { text, version }
}
