import { checkSize, decode, decodeOrEmpty, emptyLine, valuesOf, type DataObject } from './data.js'
import type { Handle } from '../../store.js'
import { encodeFields, joinFields, type Fields } from './encode-data.js'
import { splitLine } from './split-line.js'
import { changesBetween, merge, splitFields, type Changes } from './merge.js'
import { isUnchanged } from './unchanged.js'

const noChanges: Changes = new Map()
const noKeys: readonly string[] = []

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
  /** What the line holds, to compare the object with; not known after a rebase until then. */
  #values: DataObject | undefined
  /** Whether the line is known to be JSON. */
  #isParsed = false
  #fields: Fields | undefined
  #sealed: Encoded | undefined
  /** From the line to what was sealed. */
  #sealedChanges: Changes | undefined
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
    const stored = decode(this.#line)
    this.#isParsed = stored !== undefined
    this.#values = stored?.values
    return (this.#object = stored?.object ?? decodeOrEmpty(this.#line, this.#handle))
  }

  /** The stored state that changes are relative to. */
  get base(): Fields {
    return (this.#fields ??= (this.#isParsed ? splitLine(this.#line) : undefined) ?? splitFields(this.#line))
  }

  /** A stored line with the changes merged into it, and the keys that both sides changed. Cheap for the line that is known here, which it often is. */
  mergedWith(line: string, changes: Changes): { readonly line: string; readonly conflicts: readonly string[] } {
    const isKnown = line === this.#line
    if (isKnown && changes === this.#sealedChanges) return { line: this.encode(), conflicts: noKeys }
    const { fields, conflicts } = merge(this.base, changes, isKnown ? this.base : splitFields(line))
    return { line: joinFields(fields), conflicts }
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
    return (this.#sealedChanges = this.changes())
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
    this.#continueFrom(line, false)
  }

  /** Continues with empty data, none of it stored. */
  reset(): void {
    this.keepOnly([])
    this.#continueFrom(emptyLine, true)
  }

  /** Removes all other top-level values. The object stays the same. */
  keepOnly(keys: readonly string[]): void {
    for (const key of Object.keys(this.object)) if (!keys.includes(key)) delete this.object[key]
  }

  #continueFrom(line: string, isParsed: boolean): void {
    this.#line = line
    this.#isParsed = isParsed
    this.#fields = undefined
    this.#values = undefined
    this.#sealedChanges = undefined
  }

  #encoded(): Encoded {
    return this.#sealed ?? this.#encodeNow()
  }

  #isUnchanged(object: DataObject): boolean {
    this.#values ??= valuesOf(this.#line)
    try {
      return this.#values !== undefined && isUnchanged(object, this.#values)
    } catch {
      return false // a getter that throws; encoding it says so
    }
  }

  #encodeNow(): Encoded {
    if (this.#object === undefined || this.#isUnchanged(this.#object)) return { line: this.#line }
    // Data that was stored under a higher limit may stay, as long as it is not changed.
    const maxBytes = Math.max(this.#maxDataBytes, Buffer.byteLength(this.#line))
    const fields = encodeFields(this.#object, maxBytes, { fields: this.base, values: this.#values })
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
