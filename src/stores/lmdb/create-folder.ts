import { mkdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Creates a folder and missing parents, accessible to this user only, and returns its real path. */
export function createFolder(path: string): string {
  const folder = resolve(path)
  createMissing(folder)
  return realpathSync(folder)
}

// Level by level: Node's own recursive mkdir never returns if creation fails with ENOENT, as in /proc.
function createMissing(folder: string): void {
  if (isFolder(folder)) return
  const parent = dirname(folder)
  if (parent !== folder) createMissing(parent)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (!isFolder(folder)) throw error // else another process was faster
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
