import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from '../../support/commands.js'
import { pathInPackages } from '../../support/packages.js'
import { mustWork } from '../../support/project.js'

export type Side = 'originals' | 'ours'
export const sides: readonly Side[] = ['originals', 'ours']

export const root = fileURLToPath(new URL('../../..', import.meta.url))
const packages = pathInPackages('compatibility')

/** Two folders outside this project: in one, applications run on the originals, and in the other on ours. */
export interface Workshop {
  /** Where the application, a file of applications/, stands in the folder of a side. */
  path(side: Side, file: string): string
  /** Puts an application into both folders. */
  add(...files: string[]): Promise<void>
  remove(): Promise<void>
}

/** `originals`: other packages than those of the same name that the originals' folder is to have, by name. */
export async function openWorkshop(originals: Readonly<Record<string, string>> = {}): Promise<Workshop> {
  mustWork(await compile())
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sessera-neighbours-')))
  const path = (side: Side, file: string): string => join(folder, side, file)

  async function link(target: string, ...place: string[]): Promise<void> {
    const path = join(folder, ...place)
    await mkdir(dirname(path), { recursive: true })
    await symlink(target, path)
  }

  await link(packages, 'node_modules')
  await link(root, 'ours/node_modules/sessera')
  for (const [name, other] of Object.entries(originals)) {
    await link(join(packages, other), 'originals/node_modules', name)
  }

  return {
    path,
    async add(...files) {
      for (const file of files) {
        const source = await readFile(join(root, 'test/compatibility/neighbours/applications', file), 'utf8')
        await mkdir(join(folder, 'originals'), { recursive: true })
        await writeFile(path('originals', file), source)
        await writeFile(path('ours', file), switchImports(source))
      }
    },
    remove: () => rm(folder, { recursive: true }),
  }
}

/** All that an application changes to come to us. */
function switchImports(source: string): string {
  return source.replace(/(?<=['"])(?:express-session|connect-redis)(?=['"/])/g, 'sessera/$&')
}
