import { checkSize, decodeData, emptyLine, type DataObject } from './data.js'
import { encodeFields, joinFields, type Fields } from './encode-data.js'
import { changesBetween, splitFields, type Changes } from './merge.js'

const noChanges: Changes = new Map()

interface Encoded {
  readonly line: string
  /** Of an object that was encoded; of one that nobody asked for they are seldom needed. */
  readonly fields?: Fields
}

/**
 * The data of one request: the line that is stored, and the object that the handler works on. The object is made when it is
 * first asked for, so that a request that never looks at the data neither parses nor encodes it.
 */
export class TrackedData {
  #line: string
  #object: DataObject | undefined
  #fields: Fields | undefined
  #sealed: Encoded | undefined
  readonly #maxDataBytes: number
  readonly #onUnreadable: () => void

  constructor(line: string, maxDataBytes: number, onUnreadable: () => void) {
    this.#line = line
    this.#maxDataBytes = maxDataBytes
    this.#onUnreadable = onUnreadable
  }

  /** The live object. A line that cannot be read is told of, and counts as no data. */
  get object(): DataObject {
    return (this.#object ??= this.#decode())
  }

  /** The stored state that changes are counted from. */
  get base(): Fields {
    return (this.#fields ??= splitFields(this.#line))
  }

  /** The fields of a line, which is often the one that is known to be stored. */
  fieldsAt(line: string): Fields {
    return line === this.#line ? this.base : splitFields(line)
  }

  /** All data as a line: as it was when sealed, or as it is now. Throws when it cannot be encoded, or was changed and is too large. */
  encode(): string {
    return this.#encoded().line
  }

  /** What the handler changed, or `undefined`. Compared as a whole first, key by key only where that differs. */
  changes(): Changes | undefined {
    const { line, fields } = this.#encoded()
    if (line === this.#line) return undefined
    const changes = changesBetween(this.base, fields ?? splitFields(line))
    return changes.size === 0 ? undefined : changes
  }

  /** Gives the changes, and from here on further ones are late: they are not stored. */
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
   * `line` is stored now: until the seal, keys that the handler has not changed itself follow it, in the object that it holds. With
   * `only`, no others than these.
   */
  rebase(line: string, only?: readonly string[]): void {
    if (this.#object !== undefined && this.#sealed === undefined) this.#refresh(this.#object, line, only)
    this.#line = line
    this.#fields = undefined
  }

  /** Nothing is stored any more, and no data is there. */
  reset(): void {
    this.keepOnly([])
    this.#line = emptyLine
    this.#fields = undefined
  }

  /** Removes all top-level values but these. The object stays the same one. */
  keepOnly(keys: readonly string[]): void {
    for (const key of Object.keys(this.object)) if (!keys.includes(key)) delete this.object[key]
  }

  #decode(): DataObject {
    const object = decodeData(this.#line)
    if (object === undefined) this.#onUnreadable()
    return object ?? (Object.create(null) as DataObject)
  }

  #encoded(): Encoded {
    return this.#sealed ?? this.#encodeNow()
  }

  #encodeNow(): Encoded {
    if (this.#object === undefined) return { line: this.#line }
    // What is stored may be larger than what may be stored now, as long as it stays as it is.
    const fields = encodeFields(this.#object, Math.max(this.#maxDataBytes, Buffer.byteLength(this.#line)))
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

  // The write is done; that the handler holds something meanwhile that cannot be stored is for the commit to say.
  #changesSoFar(): Changes {
    try {
      return this.changes() ?? noChanges
    } catch {
      return noChanges
    }
  }
}
