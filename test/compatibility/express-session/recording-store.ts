import type { Module } from './modules.js'

/** A plain store of three methods and `touch`, which notes the calls that change something. */
export function recordingStore(session: Module) {
  class RecordingStore extends session.Store {
    readonly records = new Map<string, string>()
    calls: string[] = []

    get(id: string, callback: (error: unknown, data?: unknown) => void): void {
      const text = this.records.get(id)
      setImmediate(callback, null, text === undefined ? null : JSON.parse(text))
    }

    set(id: string, data: unknown, callback?: () => void): void {
      this.calls.push('set')
      this.records.set(id, JSON.stringify(data))
      if (callback) setImmediate(callback)
    }

    override touch(id: string, data: { readonly cookie: unknown }, callback?: () => void): void {
      this.calls.push('touch')
      const text = this.records.get(id)
      if (text !== undefined) this.records.set(id, JSON.stringify({ ...JSON.parse(text), cookie: data.cookie }))
      if (callback) setImmediate(callback)
    }

    destroy(id: string, callback?: () => void): void {
      this.calls.push('destroy')
      this.records.delete(id)
      if (callback) setImmediate(callback)
    }
  }
  return new RecordingStore()
}
