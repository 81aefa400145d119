import type { session } from 'sessera/express-session'

/** express-session as stores are given it: ours, or itself. */
export type SessionModule = typeof session

/** What a package of a store exports: a function that makes the class out of the module that it is to extend. */
export type StoreFactory<Options, Store> = (module: SessionModule) => new (options: Options) => Store
