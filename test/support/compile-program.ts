import { isBuiltin } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'
import { root } from './project.js'

const compiled = new Map<string, Promise<string>>()

/**
 * Compiles a program of the tests, and what it imports of src/ and test/, to one file, and answers its path. A process that
 * loads each of these files as TypeScript spends a second of a core before it does anything.
 */
export function compileProgram(url: URL): Promise<string> {
  const source = fileURLToPath(url)
  const known = compiled.get(source)
  if (known !== undefined) return known
  const result = compile(source)
  compiled.set(source, result)
  return result
}

async function compile(source: string): Promise<string> {
  // By process: each worker of the test runner compiles for itself.
  const file = join(root, 'build/programs', `${basename(source, '.ts')}-${process.pid}.mjs`)
  const bundle = await rolldown({
    input: source,
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    plugins: [packagesInPlace(), ownUrls()],
  })
  await bundle.write({ file, format: 'es', codeSplitting: false, sourcemap: 'inline' })
  await bundle.close()
  return file
}

/** Packages are loaded from where the importing file finds them, not the compiled one. */
function packagesInPlace(): Plugin {
  return {
    name: 'packages-in-place',
    async resolveId(id, importer) {
      if (importer === undefined || /^(?:[./]|sessera(?:\/|$))/.test(id) || isBuiltin(id)) return undefined
      const found = await this.resolve(id, importer, { skipSelf: true })
      if (found === null) return undefined
      return { id: pathToFileURL(found.id).href, external: true }
    },
  }
}

/** Files find what lies beside them. */
function ownUrls(): Plugin {
  return {
    name: 'own-urls',
    transform(code, id) {
      if (!code.includes('import.meta.url')) return undefined
      return { code: code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)), map: null }
    },
  }
}
