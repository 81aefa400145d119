// What handlers, stores and frameworks written for express-session give and take. With `unknown` in these places they would not
// compile any more.

/** Called with what went wrong, or with nothing. */
export type Done = (error?: any) => void

/** Called with what went wrong, or with the answer. */
export type Answer<Value> = (error?: any, value?: Value | null) => void

/** A store of whatever origin. */
export interface AnyStore {
  get(id: string, callback: any): unknown
  set(id: string, session: any, callback?: any): unknown
  destroy(id: string, callback?: any): unknown
  on(event: string, listener: (...values: any[]) => void): unknown
}

/** A request of whatever framework. */
export type AnyRequest = any

/** The methods that connect-redis needs of its client: `get`, `set`, `expire`, `del`, and one that scans to list sessions. */
export interface MinimalClient {
  get(key: string): any
  set(key: string, value: any, ...expiry: any[]): any
  expire(key: string, seconds: number): any
  del(keys: any): any
  /** As node-redis has it. */
  scanIterator?(options: any): any
  /** As ioredis has it. */
  scanStream?(options: any): any
}

/** What a serializer is given to read: a string, or a Buffer. */
export type Readable = any

/** A session as other stores and type declarations know it, and what they hand over of one. */
export type AnySession = any

/** Anything that `crypto.createHmac` takes as a key. */
export type Secret = any

/** A middleware for Express, Connect, and whatever else calls functions of this shape. */
export type SessionMiddleware = (request: any, response: any, next: (error?: any) => void) => void
