import type { Encoded, Text } from '../express-session/repositories/compare-and-set-records.js'

/** Makes one call to the server, with its own deadline. */
export type Call = <Value>(call: () => Promise<Value>) => Promise<Value>

/** The records of `RedisStore`, one string per session, however the client accesses them. Calls may reject, and may hang. */
export interface Records {
  find(id: string): Promise<{ readonly text: Text } | undefined>
  /** Stores a record whether or not there is one. Removes it instead if its lifetime is over. */
  set(id: string, encoded: Encoded): Promise<unknown>
  /** Makes a record expire in so many seconds. */
  expire(id: string, seconds: number): Promise<unknown>
  remove(id: string): Promise<void>
  /** All keys that begin with the prefix, each once. */
  findKeys(call: Call): Promise<string[]>
}
