import { checkSize, decodeData, decodeOrEmpty, emptyLine, type DataObject } from './data.js'
import type { Handle } from '../../store.js'
import { encodeFields, joinFields, type Fields } from './encode-data.js'
import { isSameAsStored } from './same-as-stored.js'
import { splitLine } from './split-line.js'
import { changesBetween, splitFields, type Changes } from './merge.js'

const noChanges: Changes = new Map()

interface Encoded {
  readonly line: string
  /** Only if the object was encoded; for an unchanged line they are seldom needed. */
  readonly fields?: Fields
}

/**
 * The data of one request: the stored line, and the object that the handler works on. The object is made on first use, so that a request
 * that never reads the data neither parses nor encodes it.
 */
export class TrackedData {
  #line: string
  #object: DataObject | undefined
  /** Whether the line is known to be JSON. */
  #isParsed = false
  #fields: Fields | undefined
  #sealed: Encoded | undefined
  readonly #maxDataBytes: number
  readonly #handle: Handle | undefined

  constructor(line: string, maxDataBytes: number, handle?: Handle) {
    this.#line = line
    this.#maxDataBytes = maxDataBytes
    this.#handle = handle
  }

  /** The live object; empty if the line cannot be read. */
  get object(): DataObject {
    if (this.#object !== undefined) return this.#object
    const stored = decodeData(this.#line)
    this.#isParsed = stored !== undefined
    return (this.#object = stored ?? decodeOrEmpty(this.#line, this.#handle))
  }

  /** The stored state that changes are relative to. */
  get base(): Fields {
    return (this.#fields ??= (this.#isParsed ? splitLine(this.#line) : undefined) ?? splitFields(this.#line))
  }

  /** The fields of a stored line. Cheap for the line that is known here, which it often is. */
  fieldsAt(line: string): Fields {
    return line === this.#line ? this.base : splitFields(line)
  }

  /** All data as a line, as sealed or as it is now. Throws if it cannot be encoded, or was changed and is too large. */
  encode(): string {
    return this.#encoded().line
  }

  /** What the handler changed, or `undefined`. Compares whole lines first, then key by key. */
  changes(): Changes | undefined {
    const { line, fields } = this.#encoded()
    if (line === this.#line) return undefined
    const changes = changesBetween(this.base, fields ?? splitFields(line))
    return changes.size === 0 ? undefined : changes
  }

  /** Returns the changes. Later ones are not stored. */
  seal(): Changes | undefined {
    this.#sealed = this.#encodeNow()
    return this.changes()
  }

  get changedSinceSeal(): boolean {
    if (this.#object === undefined || this.#sealed === undefined) return false
    try {
      return this.#encodeNow().line !== this.#sealed.line
    } catch {
      return true
    }
  }

  /**
   * Continues from a newly stored line. Until the seal, keys that the handler has not changed itself are refreshed in its object; with
   * `only`, just these keys.
   */
  rebase(line: string, only?: readonly string[]): void {
    if (this.#object !== undefined && this.#sealed === undefined) this.#refresh(this.#object, line, only)
    this.#line = line
    this.#isParsed = false
    this.#fields = undefined
  }

  /** Continues with empty data, none of it stored. */
  reset(): void {
    this.keepOnly([])
    this.#line = emptyLine
    this.#isParsed = true
    this.#fields = undefined
  }

  /** Removes all other top-level values. The object stays the same. */
  keepOnly(keys: readonly string[]): void {
    for (const key of Object.keys(this.object)) if (!keys.includes(key)) delete this.object[key]
  }

  #encoded(): Encoded {
    return this.#sealed ?? this.#encodeNow()
  }

  #isUnchanged(object: DataObject): boolean {
    if (this.#line === emptyLine && Reflect.ownKeys(object).length === 0) return true
    return isSameAsStored(this.#line, object)
  }

  #encodeNow(): Encoded {
    if (this.#object === undefined || this.#isUnchanged(this.#object)) return { line: this.#line }
    // Data that was stored under a higher limit may stay, as long as it is not changed.
    const maxBytes = Math.max(this.#maxDataBytes, Buffer.byteLength(this.#line))
    const fields = encodeFields(this.#object, maxBytes, this.base)
    const line = joinFields(fields)
    if (line !== this.#line) checkSize(line, this.#maxDataBytes)
    return { line, fields }
  }

  #refresh(object: DataObject, line: string, only: readonly string[] | undefined): void {
    const mine = this.#changesSoFar()
    const before = this.base
    const after = splitFields(line)
    for (const key of before.keys()) if (!after.has(key) && !mine.has(key)) delete object[key]
    for (const [key, text] of after) {
      if (only !== undefined && !only.includes(key)) continue
      if (!mine.has(key) && before.get(key) !== text) object[key] = JSON.parse(text) as unknown
    }
  }

  // The write has succeeded. If the handler's data cannot be encoded by now, the commit reports it.
  #changesSoFar(): Changes {
    try {
      return this.changes() ?? noChanges
    } catch {
      return noChanges
    }
  }
}
