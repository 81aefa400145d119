import type { Operation } from '../../engine/operations.js'
import { StoreFullError, StoreUnavailableError } from '../../errors.js'
import type { Handle } from '../../store.js'
import { compareAndSet, type Attempt } from '../../engine/compare-and-set.js'
import { isSameText, type AtomicRecords, type Encoded, type Text } from './atomic-records.js'
import { handleOf, textOf } from './handle.js'
import { mergeInto, type Conflict, type Known } from './repository.js'
import { cookieLineOf, lineOf, type Baseline } from './session-line.js'
import type { Session } from '../api/session.js'

/** A session that is to be stored. */
interface Writer {
  readonly session: Session
  readonly known: Known
  /** What its changes are counted from, and the text that this is. */
  base: Baseline
  seen: Text
  /** Nobody waits for it any more, or it has been told. */
  isOver: boolean
  resolve(known: Known | undefined): void
  reject(error: unknown): void
}

/** A writer's session with what the writers before it have put there. */
interface Written {
  readonly writer: Writer
  readonly line: string
  readonly encoded: Encoded
}

/**
 * Stores over what is known, and where others have written meanwhile over that. Those in this process who wait to write the same
 * session are merged one after the other, and stored by one call: however many there are, the store is asked no more often, and tries
 * fail because of other processes only.
 */
export class SharedWrites {
  readonly #records: AtomicRecords
  readonly #conflict: Conflict
  readonly #parse: (operation: Operation, text: Text) => Promise<unknown>
  readonly #waiting = new Map<Handle, Writer[]>()

  constructor(
    records: AtomicRecords,
    conflict: Conflict,
    parse: (operation: Operation, text: Text) => Promise<unknown>,
  ) {
    this.#records = records
    this.#conflict = conflict
    this.#parse = parse
  }

  /** `undefined`, and nothing stored: there is nothing any more. Who is late is left out. */
  async save(operation: Operation, session: Session, known: Known): Promise<Known | undefined> {
    const { promise, resolve, reject } = withResolvers<Known | undefined>()
    const writer: Writer = { session, known, base: known, seen: known.text ?? '', isOver: false, resolve, reject }
    const handle = handleOf(session.id)
    const waiting = this.#waiting.get(handle)
    if (waiting === undefined) void this.#work(handle, [writer])
    else waiting.push(writer)
    try {
      return await operation.within(promise)
    } finally {
      writer.isOver = true
    }
  }

  async #work(handle: Handle, first: Writer[]): Promise<void> {
    const waiting: Writer[] = []
    this.#waiting.set(handle, waiting)
    let latest: Text | undefined
    for (let writers = first; writers.length > 0; writers = waiting.splice(0)) {
      latest = await this.#writeTogether(writers, latest)
    }
    this.#waiting.delete(handle)
  }

  /** Never rejects. Gives the text that stands there now, as far as is known. */
  async #writeTogether(writers: readonly Writer[], latest?: Text): Promise<Text | undefined> {
    // Whoever came last has probably seen the newest.
    const start = latest ?? writers.at(-1)?.seen ?? ''
    try {
      return await this.#records.operations.run((operation) => this.#replace(operation, writers, start))
    } catch (error) {
      const present = writers.filter(({ isOver }) => !isOver)
      if (!(error instanceof StoreFullError)) rejectEach(present, error)
      else if (present.length > 1) for (const writer of present) await this.#writeTogether([writer])
      else for (const writer of present) await this.#touchUnchanged(writer, error)
      return undefined
    }
  }

  /** Stores what all writers want, over what others wrote meanwhile. Gives the text that is stored now. */
  #replace(operation: Operation, writers: readonly Writer[], start: Text): Promise<Text> {
    return compareAndSet(start, async (current): Promise<Attempt<Text, Text>> => {
      const written = await this.#merge(operation, writers, current)
      const last = written.at(-1)
      if (last === undefined) return { status: 'done', result: current }
      const { id } = last.writer.session
      const replaced = await operation.call(() => this.#records.replace(id, current, last.encoded), textOf(id))
      if (replaced.status === 'changed') return { status: 'changed', current: replaced.text }
      if (replaced.status === 'gone') {
        for (const writer of writers) conclude(writer, undefined)
        return { status: 'done', result: current }
      }
      const { endsAt } = replaced
      for (const { writer, line, encoded } of written) conclude(writer, { id, line, text: encoded.text, endsAt })
      return { status: 'done', result: replaced.text }
    })
  }

  /** Each on top of the one before, and nothing of one in the other but what both have read. What cannot be stored is told to its own. */
  async #merge(operation: Operation, writers: readonly Writer[], start: Text): Promise<readonly Written[]> {
    const written: Written[] = []
    let current = start
    for (const writer of writers) {
      if (writer.isOver) continue
      try {
        await this.#catchUp(operation, writer, current)
        const encoded = this.#records.encode(writer.session)
        const isRemoved = encoded.seconds === 0 // which is done alone, as what follows finds nothing
        if (isRemoved && written.length > 0) break
        written.push({ writer, line: lineOf(writer.session), encoded })
        if (isRemoved) break
        current = encoded.text
      } catch (error) {
        writer.isOver = true
        writer.reject(error)
      }
    }
    return written
  }

  async #catchUp(operation: Operation, writer: Writer, current: Text): Promise<void> {
    if (isSameText(writer.seen, current)) return
    const theirs = await this.#parse(operation, current)
    mergeInto(writer.session, writer.base, theirs, this.#conflict)
    writer.base = { ...writer.base, ...baselineOf(theirs) }
    writer.seen = current
  }

  /** Where there is no room to store it, what has not changed needs none. */
  async #touchUnchanged(writer: Writer, full: StoreFullError): Promise<void> {
    const { session, known } = writer
    if (!isUnchanged(session, known)) return rejectEach([writer], full)
    try {
      const isThere = await this.#records.operations.run((operation) =>
        operation.call(() => this.#records.touch(session.id, session), textOf(session.id)),
      )
      conclude(writer, isThere ? known : undefined)
    } catch (error) {
      rejectEach([writer], error)
    }
  }
}

function conclude(writer: Writer, known: Known | undefined): void {
  writer.isOver = true
  writer.resolve(known)
}

/** Each by an error of its own, so that it can be told whose it is. */
function rejectEach(writers: readonly Writer[], error: unknown): void {
  for (const [index, writer] of writers.entries()) {
    writer.isOver = true
    const isShared = index > 0 && error instanceof StoreUnavailableError
    writer.reject(isShared ? new StoreUnavailableError(error.message, error) : error)
  }
}

function isUnchanged(session: Session, { line, cookieLine }: Known): boolean {
  return lineOf(session) === line && cookieLineOf(session.cookie) === cookieLine
}

/** What others have stored is what the session's changes are counted from next; unless it cannot be read. */
function baselineOf(theirs: unknown): Partial<Baseline> {
  if (typeof theirs !== 'object' || theirs === null) return {}
  return { line: lineOf(theirs), cookieLine: cookieLineOf((theirs as Partial<Session>).cookie) }
}

function withResolvers<Value>(): {
  readonly promise: Promise<Value>
  readonly resolve: (value: Value) => void
  readonly reject: (error: unknown) => void
} {
  let [resolve, reject]: [(value: Value) => void, (error: unknown) => void] = [() => {}, () => {}]
  const promise = new Promise<Value>((...given) => {
    ;[resolve, reject] = given
  })
  return { promise, resolve, reject }
}
