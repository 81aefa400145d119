import { session } from 'sessera/express-session'
import { findMissingPackages, requireFrom } from '../../support/packages.js'

type Module = typeof session

/** express-session itself, or why it cannot be had. */
export async function loadOriginal(): Promise<Module | string> {
  return (await findMissingPackages('compatibility')) ?? (requireFrom('compatibility')('express-session') as Module)
}

export { session as ours, type Module }
