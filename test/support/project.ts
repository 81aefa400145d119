import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile, runNpm } from './commands.js'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A project of a user, outside this one, with nothing but the packed package installed. */
export interface Project {
  readonly folder: string
  /** The packed package. */
  readonly tarball: string
  /** Runs npm in a folder of it, offline and with an empty cache, as on a new machine. */
  npm(folder: string, ...args: string[]): ReturnType<typeof runNpm>
  /** Writes files, by their paths in the project; what is no text becomes JSON. */
  write(files: Readonly<Record<string, unknown>>): Promise<void>
  /** Makes packages available, in all of the project or below a folder of it: their names, and where they are installed. */
  link(packages: Readonly<Record<string, string>>, below?: string): Promise<void>
  remove(): Promise<void>
}

/** Packs the package and installs it, from no other source than the tarball. */
export async function openProject(): Promise<Project> {
  mustWork(await compile())
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sessera-project-')))
  const packed = mustWork(await runNpm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder]))
  const [{ filename }] = Object.values(JSON.parse(packed) as Record<string, { filename: string }>) as [
    { filename: string },
  ]
  const tarball = join(folder, filename)

  async function write(files: Readonly<Record<string, unknown>>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content))
    }
  }

  async function link(packages: Readonly<Record<string, string>>, below = ''): Promise<void> {
    for (const [name, target] of Object.entries(packages)) {
      const path = join(folder, below, 'node_modules', name)
      await mkdir(dirname(path), { recursive: true })
      await symlink(join(root, target), path)
    }
  }

  function npm(place: string, ...args: string[]): ReturnType<typeof runNpm> {
    const cache = join(folder, 'npm-cache')
    return runNpm([...args, '--prefix', join(folder, place), '--cache', cache, '--offline', '--no-audit', '--no-fund'])
  }

  await write({ 'package.json': { private: true, overrides } })
  mustWork(await npm('.', 'install', tarball))
  return { folder, tarball, npm, write, link, remove: () => rm(folder, { recursive: true }) }
}

// `ms` is debug's own.
const dependencies = ['cookie', 'debug', 'depd', 'ms']

/** For package.json: without a network, what the package depends on comes from where it is installed already. */
export const overrides = Object.fromEntries(dependencies.map((name) => [name, `file:${root}node_modules/${name}`]))

/** The output of a command that must not fail. */
export function mustWork({ ok, output }: { readonly ok: boolean; readonly output: string }): string {
  if (!ok) throw new Error(output)
  return output
}
