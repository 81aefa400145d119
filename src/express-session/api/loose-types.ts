// Types of values that pass between us and the handlers, stores and frameworks of express-session. They are loose on purpose: with
// `unknown`, existing applications would not compile.

/** Called with an error, or with nothing. */
export type Done = (error?: any) => void

/** Called with an error, or with the result. */
export type Answer<Value> = (error?: any, value?: Value | null) => void

/** A store of any origin. */
export interface AnyStore {
  get(id: string, callback: any): unknown
  set(id: string, session: any, callback?: any): unknown
  destroy(id: string, callback?: any): unknown
  on(event: string, listener: (...values: any[]) => void): unknown
}

/** A request of any framework. */
export type AnyRequest = any

/** The methods that connect-redis needs of its client: `get`, `set`, `expire`, `del`, and one that scans to list sessions. */
export interface MinimalClient {
  get(key: string): any
  set(key: string, value: any, ...expiry: any[]): any
  expire(key: string, seconds: number): any
  del(keys: any): any
  /** Of node-redis. */
  scanIterator?(options: any): any
  /** Of ioredis. */
  scanStream?(options: any): any
}

/** What a serializer parses: a string, or a Buffer. */
export type Readable = any

/** A session, as other stores and type declarations see it. */
export type AnySession = any

/** Anything that `crypto.createHmac` takes as a key. */
export type Secret = any

/** A middleware for Express, Connect, and other frameworks with the same signature. */
export type SessionMiddleware = (request: any, response: any, next: (error?: any) => void) => void
