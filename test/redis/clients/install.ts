import { createRequire } from 'node:module'
import { installPackages } from '../../../tools/install.mjs'

/** Installs the clients of this folder's package.json unless they are there, and gives the function that loads one. */
export async function installClients(): Promise<(name: string) => unknown> {
  const problem = await installPackages('test/redis/clients')
  if (problem !== undefined) throw new Error(problem)
  return createRequire(new URL('package.json', import.meta.url))
}
