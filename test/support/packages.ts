import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { installPackages } from './commands.js'
import { skip } from './skip.js'

/** The folders of test/ whose package.json names what only their tests need. */
export type PackageFolder =
  | 'compatibility'
  | 'demo'
  | 'frameworks/fetch'
  | 'frameworks/nitro'
  | 'frameworks/nuxt'
  | 'frameworks/next'
  | 'frameworks/sockets'
  | 'frameworks'
  | 'frameworks/sveltekit'
  | 'frameworks/tanstack-start'
  | 'laboratory/bench'
  | 'laboratory/sign-out'
  | 'packaging'
  | 'packaging/runtimes'
  | 'redis'

/** Installs the packages of a folder unless they are there; throws where that is impossible. */
export async function ensurePackages(folder: PackageFolder): Promise<void> {
  const problem = await installPackages(`test/${folder}`)
  if (problem !== undefined) throw new Error(problem)
}

/** Installs the packages of a folder unless they are there. Where that is impossible answers why; where `CI` is set, throws. */
export async function findMissingPackages(folder: PackageFolder): Promise<string | undefined> {
  const problem = await installPackages(`test/${folder}`)
  if (problem !== undefined) skip(`tests that need the packages of test/${folder}/: ${problem}`)
  return problem
}

/** As `findMissingPackages`, and answers whether they are there. */
export async function hasPackages(folder: PackageFolder): Promise<boolean> {
  return (await findMissingPackages(folder)) === undefined
}

/** Loads packages of a folder, which must be installed. */
export function requireFrom(folder: PackageFolder): NodeJS.Require {
  return createRequire(new URL(`../${folder}/package.json`, import.meta.url))
}

/** Where a file of an installed package is. */
export function pathInPackages(folder: PackageFolder, path = ''): string {
  return fileURLToPath(new URL(`../${folder}/node_modules/${path}`, import.meta.url))
}
