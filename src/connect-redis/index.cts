import { RedisStore as Class, type RedisStoreOptions as Options, type Serializer as OwnSerializer } from './index.js'

/** Properties of the module, which is the class itself, so that every way of importing the class works. */
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

// Only names the export: Node finds the named exports of a CommonJS module in its source text.
declare const exports: { RedisStore: typeof Class }
exports.RedisStore = RedisStore

export = RedisStore
