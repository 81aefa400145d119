// The tests talk to a real Redis, real balancers and a real browser. Where this may install them it does; elsewhere it says what is
// missing, so that nobody takes skipped tests for passed ones.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { run } from './run.mjs'

const commands = ['redis-server', 'faketime', 'haproxy', 'nginx', 'openssl', 'memcached', 'chromium']
const folders = [...process.env.PATH.split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']

/** PATH with the folders of system programs, which an ordinary user's PATH often lacks. */
export const searchPath = folders.join(delimiter)

/** Installs what is missing where that is possible. Returns the commands that are missing still. */
export async function ensureDebianPackages() {
  const missing = commands.filter((command) => !has(command))
  if (missing.length === 0) return []
  const elevation = await findElevation()
  const install = ['install', '-y', '--no-install-recommends', ...missing]
  console.log(`Missing: ${missing.join(', ')}. On Debian: sudo apt-get ${install.join(' ')}`)
  if (elevation !== undefined && has('apt-get')) {
    // RUNLEVEL=1 keeps a package from starting its service.
    const apt = [...elevation, 'env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', '-qq']
    for (const args of [['update'], install]) {
      const { ok, output } = await run(apt[0], [...apt.slice(1), ...args], { quiet: true })
      console.log(ok ? `apt-get ${args[0]} has done it` : output)
    }
  }
  return missing.filter((command) => !has(command))
}

/** Whether a test file, or a file that it imports, names the command, as it must to start it. */
export function needs(file, command, seen = new Set()) {
  if (seen.has(file) || !existsSync(file)) return false
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  if (new RegExp(`['"\`/]${command}['"\`]`).test(text)) return true
  const imported = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)\.js'/g)].map(([, path]) =>
    resolve(file, '..', `${path}.ts`),
  )
  return imported.some((path) => needs(path, command, seen))
}

function has(command) {
  return folders.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

// What to put before a command that needs root; undefined when we may not.
async function findElevation() {
  if (process.platform !== 'linux') return undefined
  if (process.getuid() === 0) return []
  return (await run('sudo', ['-n', 'true'], { quiet: true })).ok ? ['sudo', '-n'] : undefined
}
