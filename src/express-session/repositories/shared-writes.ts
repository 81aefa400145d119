import { compareAndSet, type Attempt } from '../../engine/compare-and-set.js'
import type { Operation } from '../../engine/operations.js'
import { isThenable } from '../../engine/thenable.js'
import { StoreFullError, StoreUnavailableError } from '../../errors.js'
import type { Session } from '../api/session.js'
import {
  isSameText,
  parseRecord,
  recordContents,
  type CompareAndSetRecords,
  type Encoded,
  type StoredText,
  type Text,
} from './compare-and-set-records.js'
import { mergeSession, type Conflict } from './merge-session.js'
import type { Snapshot } from './repository.js'
import { idText, keyOf } from './session-id.js'
import { contentsOf, type Contents } from './session-contents.js'

type Stored = Snapshot<StoredText>

/** A request that waits for its session to be stored. */
interface Writer {
  readonly session: Session
  readonly snapshot: Stored
  /** The writer waits until its deadline. */
  readonly operation: Operation
  /** The text that the session was last merged with, and what it contains: the writer's changes are counted from there. */
  merged: { readonly text: Text; readonly contents: Contents }
  readonly resolve: (stored: Stored | undefined) => void
  readonly reject: (error: unknown) => void
}

/** A writer's session, merged with those of the writers before it. */
interface Write {
  readonly writer: Writer
  readonly contents: Contents
  readonly encoded: Encoded
}

/** Stores a session over its snapshot. `undefined`, and nothing stored, if it is gone. */
type Save = (operation: Operation, session: Session, snapshot: Stored) => Promise<Stored | undefined>

/**
 * Stores sessions by compare-and-set. All writers in this process that wait to store the same session are merged one after the other
 * and stored by one call. So the number of calls does not grow with the number of writers, and attempts fail only because of other
 * processes.
 */
export function sharedWrites(records: CompareAndSetRecords, conflict: Conflict): Save {
  /** The writers that wait while others of the same session are being stored. */
  const waiting = new Map<string, Set<Writer>>()

  /** Stores these writers, then those that came meanwhile, which need not read what these stored. */
  async function writeAll(key: string, first: Writer): Promise<void> {
    let writers = new Set([first])
    let latest: Text | undefined
    while (writers.size > 0) {
      const next = new Set<Writer>()
      waiting.set(key, next)
      latest = await write(writers, latest)
      writers = next
    }
    waiting.delete(key)
  }

  /** Settles all writers. Never rejects; resolves to the text that is stored now, if known. */
  async function write(writers: Set<Writer>, latest?: Text): Promise<Text | undefined> {
    // The last writer has probably seen the newest text.
    const start = latest ?? [...writers].at(-1)?.merged.text ?? ''
    try {
      return await records.operations.run((operation) =>
        compareAndSet(start, (current) => attempt(operation, writers, current)),
      )
    } catch (error) {
      if (!(error instanceof StoreFullError)) rejectAll(writers, error)
      else if (writers.size > 1) for (const writer of writers) await write(new Set([writer]))
      else for (const writer of writers) await touchUnchanged(writer, error)
      return undefined
    }
  }

  async function attempt(operation: Operation, writers: Set<Writer>, current: Text): Promise<Attempt<Text, Text>> {
    const writes = await mergeAll(operation, writers, current)
    const last = writes.at(-1)
    if (last === undefined) return { status: 'done', result: current }
    const { id } = last.writer.session
    const replaced = await operation.call(() => records.replace(id, current, last.encoded), idText(id))
    if (replaced.status === 'changed') return { status: 'changed', current: replaced.text }
    if (replaced.status === 'gone') {
      for (const { resolve } of writers) resolve(undefined)
      return { status: 'done', result: current }
    }
    const { text, endsAt } = replaced
    for (const { writer, contents, encoded } of writes) {
      writers.delete(writer)
      writer.resolve({ id, contents, revision: { text: encoded.text, endsAt } })
    }
    return writers.size > 0 ? { status: 'changed', current: text } : { status: 'done', result: text }
  }

  /** Merges each session with the one before. An error rejects only its own writer. */
  async function mergeAll(operation: Operation, writers: Set<Writer>, start: Text): Promise<readonly Write[]> {
    const writes: Write[] = []
    for (const writer of writers) {
      if (writer.operation.hasPassed) writers.delete(writer)
      else {
        try {
          const merging = merge(operation, writer, writes.at(-1)?.encoded.text ?? start)
          const next = isThenable(merging) ? await merging : merging
          // A session that has expired is removed alone, because the writers after it must find nothing.
          const removes = next.encoded.seconds === 0
          if (!removes || writes.length === 0) writes.push(next)
          if (removes) break
        } catch (error) {
          writers.delete(writer)
          writer.reject(error)
        }
      }
    }
    return writes
  }

  function merge(operation: Operation, writer: Writer, current: Text): Write | Promise<Write> {
    return isSameText(writer.merged.text, current) ? encode(writer) : mergeWith(operation, writer, current)
  }

  async function mergeWith(operation: Operation, writer: Writer, current: Text): Promise<Write> {
    const { session, merged } = writer
    const stored = await parseRecord(records, operation, current)
    mergeSession(session, merged.contents, stored, conflict)
    const isReadable = typeof stored === 'object' && stored !== null
    writer.merged = { text: current, contents: isReadable ? contentsOf(stored) : merged.contents }
    return encode(writer)
  }

  function encode(writer: Writer): Write {
    const { session } = writer
    const encoded = records.encode(session)
    return { writer, encoded, contents: recordContents(records, encoded.text, session) }
  }

  /** A full store has no room for a new record, but a session that has not changed only needs a touch. */
  async function touchUnchanged({ session, snapshot, resolve, reject }: Writer, full: StoreFullError): Promise<void> {
    const { id } = session
    try {
      const { values, cookie } = contentsOf(session)
      if (!snapshot.contents.hasValues(values) || cookie !== snapshot.contents.cookie) return reject(full)
      const touch = (operation: Operation): Promise<boolean> =>
        operation.call(() => records.touch(id, session), idText(id))
      resolve((await records.operations.run(touch)) ? snapshot : undefined)
    } catch (error) {
      reject(error)
    }
  }

  return (operation, session, snapshot) => {
    const key = keyOf(session.id)
    const merged = { text: snapshot.revision.text, contents: snapshot.contents }
    return operation.within(
      new Promise((resolve, reject) => {
        const writer = { session, snapshot, operation, merged, resolve, reject }
        const writers = waiting.get(key)
        if (writers === undefined) void writeAll(key, writer)
        else writers.add(writer)
      }),
    )
  }
}

/** Rejects each writer with an error object of its own, because unhandled rejections are tracked by their error. */
function rejectAll(writers: ReadonlySet<Writer>, error: unknown): void {
  for (const [index, { reject }] of [...writers].entries()) {
    const isShared = index > 0 && error instanceof StoreUnavailableError
    reject(isShared ? new StoreUnavailableError(error.message, error) : error)
  }
}
