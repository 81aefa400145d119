import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Loads a public path of the package in a folder, which may hold another build than this one's. */
export function loadSessera(folder, path) {
  const target = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).exports[path]
  const file = target.import?.default ?? target.default
  return import(pathToFileURL(join(folder, file)).href)
}
