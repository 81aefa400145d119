import { createRequire } from 'node:module'
import type { session } from 'sessera/express-session'
import { installPackages } from '../../../tools/install.mjs'

/** express-session as stores are given it: ours, or itself. */
export type SessionModule = typeof session

/** What a package of a store exports: a function that makes the class out of the module that it is to extend. */
export type StoreFactory<Options, Store> = (module: SessionModule) => new (options: Options) => Store

/** Installs the stores of this folder's package.json unless they are there, and gives the function that loads a package. */
export async function installStores(): Promise<NodeJS.Require> {
  const problem = await installPackages('test/compatibility/other-stores')
  if (problem !== undefined) throw new Error(problem)
  return createRequire(new URL('package.json', import.meta.url))
}
