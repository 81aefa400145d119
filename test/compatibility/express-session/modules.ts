import { createRequire } from 'node:module'
import { session } from 'sessera/express-session'
import { installPackages } from '../../../tools/install.mjs'

type Module = typeof session

/** express-session itself, or why it cannot be had. */
export async function loadOriginal(): Promise<Module | string> {
  const problem = await installPackages('test/compatibility/peers')
  if (problem !== undefined) {
    if (process.env['CI']) throw new Error(problem)
    return problem
  }
  return createRequire(new URL('../peers/package.json', import.meta.url))('express-session') as Module
}

export { session as ours, type Module }
