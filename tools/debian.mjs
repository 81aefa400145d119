// The tests talk to a real Redis and a real browser. Where this may install them it does; elsewhere it says what is missing,
// so that nobody takes skipped tests for passed ones.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './run.mjs'

// What a test file, or its path, says that needs the command.
const wanted = [
  {
    command: 'redis-server',
    neededBy:
      /\bstartRedis\b|^test\/(redis|laboratory|behaviour\/balancer|compatibility\/(mixed-fleets|neighbours|connect-redis))\//,
  },
  { command: 'faketime', neededBy: /^test\/behaviour\/clocks\// },
  { command: 'haproxy', neededBy: /^test\/(behaviour\/balancer|compatibility\/mixed-fleets|laboratory\/comparison)\// },
  { command: 'nginx', neededBy: /^test\/behaviour\/balancer\// },
  {
    command: 'openssl',
    neededBy: /^test\/(behaviour\/balancer|compatibility\/mixed-fleets|laboratory\/comparison|redis\/clients\/tls)/,
  },
  { command: 'memcached', neededBy: /\bstartMemcached\b/ },
  { command: 'chromium', neededBy: /\blaunchChromium\b/ },
]

/** PATH with the folders of system programs, which an ordinary user's PATH often lacks. */
export const searchPath = [process.env.PATH, '/usr/local/sbin', '/usr/sbin', '/sbin'].join(delimiter)

/** Installs what is missing where that is possible. Answers what is missing still. */
export async function ensureDebianPackages() {
  const absent = wanted.filter(isMissing)
  if (absent.length === 0) return []
  const names = absent.map(({ command }) => command)
  const elevate = await findElevation()
  if (elevate && has('apt-get')) {
    console.log(`Installing ${names.join(', ')}…`)
    // RUNLEVEL=1 keeps a package from starting its service.
    const apt = [...elevate, 'env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', '-qq']
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...names]]) {
      const { ok, output } = await run(apt[0], [...apt.slice(1), ...args], { quiet: true })
      if (!ok) console.error(output)
    }
  } else {
    console.log(
      `Missing: ${names.join(', ')}. On Debian: sudo apt-get install --no-install-recommends ${names.join(' ')}`,
    )
  }
  return absent.filter(isMissing)
}

function isMissing({ command }) {
  return !has(command)
}

function has(command) {
  return searchPath.split(delimiter).some((folder) => {
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
  const { ok } = await run('sudo', ['-n', 'true'], { quiet: true })
  return ok ? ['sudo', '-n'] : undefined
}
