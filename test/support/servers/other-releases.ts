import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** How to start a program that was made for another release: goes to `startRedisFrom`. */
export type Launch = readonly [loader: string, ...parameters: string[]]

/** Servers of a Debian release other than this machine's, or why there are none, in a sentence for the tests' output. */
export type OtherServers =
  | { readonly status: 'ready'; readonly redis8: Launch; readonly valkey8: Launch }
  | { readonly status: 'missing'; readonly reason: string }

const release = 'trixie'
// The servers, and all that they are linked with: nothing of this machine's own libraries is used.
const packages =
  'redis-server redis-tools valkey-server valkey-tools libatomic1 libc6 libcap2 libgcc-s1 libjemalloc2 liblzf1 ' +
  'libssl3t64 libstdc++6 libsystemd0 libzstd1 zlib1g'
const cache = fileURLToPath(new URL('../../../build/servers/', import.meta.url))
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

const execute = promisify(execFile)

/**
 * Fetches the packages of the other release from the Debian mirror that this machine uses, checked by apt as always, and
 * unpacks them below build/: nothing is installed, and nothing of the machine's apt is changed. The next time they are there.
 */
export async function findOtherServers(): Promise<OtherServers> {
  const folder = join(cache, release)
  try {
    if (!(await isUnpacked(folder))) await unpackInto(folder)
    const [libraries] = (await readdir(join(folder, 'usr/lib'))).filter((name) => name.endsWith('-linux-gnu'))
    const libraryPath = join(folder, 'usr/lib', libraries!)
    const loader = (await readdir(libraryPath)).find((name) => name.startsWith('ld-linux'))
    const launch = (program: string): Launch => [
      join(libraryPath, loader!),
      '--library-path',
      libraryPath,
      join(folder, 'usr/bin', program),
    ]
    return { status: 'ready', redis8: launch('redis-server'), valkey8: launch('valkey-server') }
  } catch (error) {
    return { status: 'missing', reason: `no servers of Debian ${release}: ${firstLine(error)}` }
  }
}

async function isUnpacked(folder: string): Promise<boolean> {
  const content = await readFile(join(folder, 'packages'), 'utf8').catch(() => '')
  return content === packages
}

async function unpackInto(folder: string): Promise<void> {
  const mirror = await findMirror()
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(`${folder}-`)
  try {
    const unpacked = join(work, 'unpacked')
    for (const file of await download(work, mirror)) await execute('dpkg-deb', ['-x', file, unpacked])
    await writeFile(join(unpacked, 'packages'), packages)
    await rm(folder, { recursive: true, force: true })
    await rename(unpacked, folder)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Where this machine's own release comes from, as apt itself reads its configuration. */
async function findMirror(): Promise<string> {
  const about = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const own = /^VERSION_CODENAME=(\w+)$/m.exec(about)?.[1]
  if (!/^ID=debian$/m.test(about) || own === undefined) throw new Error('this machine is not a Debian release')
  const { stdout } = await execute('apt-get', ['update', '--print-uris'])
  const mirror = new RegExp(`^'(\\S+)/dists/${own}/main/binary-`, 'm').exec(stdout)?.[1]
  if (mirror === undefined) throw new Error(`apt has no source for ${own}`)
  return mirror
}

/** Downloads with lists and settings of its own in `work`. Answers the files. */
async function download(work: string, mirror: string): Promise<string[]> {
  await mkdir(join(work, 'state/lists/partial'), { recursive: true })
  await mkdir(join(work, 'cache/archives/partial'), { recursive: true })
  await writeFile(join(work, 'sources.list'), `deb [signed-by=${keyring}] ${mirror} ${release} main\n`)
  await writeFile(join(work, 'status'), '')
  const settings = {
    'Dir::Etc::sourcelist': join(work, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State': join(work, 'state'),
    'Dir::State::status': join(work, 'status'),
    'Dir::Cache': join(work, 'cache'),
    'APT::Sandbox::User': 'root', // the other user that apt would download as may not write here
    'APT::Update::Error-Mode': 'any',
    'Acquire::Retries': '1',
    'Acquire::http::Timeout': '15',
    'Acquire::https::Timeout': '15',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const apt = (...command: string[]) =>
    execute('apt-get', [...options, '-qq', ...command], { cwd: work, timeout: 90_000 })
  await apt('update')
  await apt('download', ...packages.split(' '))
  return (await readdir(work)).filter((name) => name.endsWith('.deb')).map((name) => join(work, name))
}

/** What a command said last and loudest, else what went wrong with starting it. */
function firstLine(error: unknown): string {
  const { stderr = '', message } = error as Error & { stderr?: string }
  return stderr.split('\n').find((line) => /^[EW]:/.test(line)) ?? message.split('\n')[0]!
}
