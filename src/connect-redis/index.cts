import { RedisStore as Class, type RedisStoreOptions as Options, type Serializer as OwnSerializer } from './index.js'

/** Whichever way one asks for it: the module itself, called or not, or what it carries. */
interface Carried {
  readonly RedisStore: typeof Class
  readonly default: typeof Class
}
const RedisStore: typeof Class & Carried = Object.assign(Class, { RedisStore: Class, default: Class })
type RedisStore = Class

declare namespace RedisStore {
  export type RedisStore = Class
  export type RedisStoreOptions = Options
  export type Serializer = OwnSerializer
}

// Does nothing but name what the module carries: Node reads the names of a CommonJS module off its source.
declare const exports: { RedisStore: typeof Class }
exports.RedisStore = RedisStore

export = RedisStore
