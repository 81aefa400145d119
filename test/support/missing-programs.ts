import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Plugin } from 'vitest/config'

/** Makes a test file that needs one of these programs a single skipped test that says so. */
export function skipWithout(programs: readonly string[]): Plugin {
  function transform(_code: string, id: string): string | undefined {
    const missing = id.endsWith('.test.ts') && programs.find((program) => needs(id, program))
    if (!missing) return undefined
    return `import { it } from 'vitest'\nit.skip('all tests of the file (skipped: whole files of tests, as ${missing} is not installed)')`
  }
  return { name: 'skip-without', enforce: 'pre', transform }
}

/** Whether a file, or a file that it imports, names the program, as it must to start it. */
function needs(file: string, program: string, seen = new Set<string>()): boolean {
  if (seen.has(file) || !existsSync(file)) return false
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  if (new RegExp(`['"\`/]${program}['"\`]`).test(text)) return true
  const imported = text.matchAll(/(?:from|import\()\s*'(\.[^']+)\.js'/g)
  return [...imported].some(([, path]) => needs(resolve(file, '..', `${path}.ts`), program, seen))
}
