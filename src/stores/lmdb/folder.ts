import { mkdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Makes the folder and its parents where they are missing, for their owner only, and answers its one true path. */
export function makeFolder(path: string): string {
  const folder = resolve(path)
  makeMissing(folder)
  return realpathSync(folder)
}

// Level by level, because Node's own recursive mkdir never returns from where new folders are refused with ENOENT, as in /proc.
function makeMissing(folder: string): void {
  if (isFolder(folder)) return
  const parent = dirname(folder)
  if (parent !== folder) makeMissing(parent)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (!isFolder(folder)) throw error // else another process was faster
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
