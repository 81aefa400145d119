import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeDropInApi } from './drop-in-api.js'
import { describeNativeApi } from './native-api.js'
import { ensurePackages, requireFrom } from '../../support/packages.js'
import type { SessionModule, StoreFactory } from './store-factory.js'

interface FileStoreOptions {
  readonly path: string
  /** How often a file that is not there is looked for again. */
  readonly retries: number
  readonly reapInterval: number
}

type Store = InstanceType<SessionModule['Store']>

await ensurePackages('compatibility')
const load = requireFrom('compatibility')
const sessionFileStore = load('session-file-store') as StoreFactory<FileStoreOptions, Store>

async function open(module: SessionModule) {
  const folder = await mkdtemp(join(tmpdir(), 'sessera-file-store-'))
  const path = join(folder, 'sessions')
  const store = new (sessionFileStore(module))({ path, retries: 0, reapInterval: -1 })
  return {
    store,
    close: () => rm(folder, { recursive: true }),
    async breakDown() {
      await rename(path, `${path}-away`)
      await writeFile(path, 'in the way')
    },
    async mend() {
      await rm(path)
      await rename(`${path}-away`, path)
    },
  }
}

const other = { name: 'session-file-store', open, openFragile: open }

describeNativeApi(other)
describeDropInApi(other)
describeDropInApi(other, load('express-session') as SessionModule)
