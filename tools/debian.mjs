// The tests talk to a real Redis, real load balancers and a real browser. On Debian this installs them where it may; elsewhere it says
// what is missing, so that nobody takes skipped tests for passed ones.
import { run } from './run.mjs'

const programs = ['redis-server', 'faketime', 'haproxy', 'nginx', 'openssl', 'memcached', 'chromium']

/** PATH with the folders of system programs, which an ordinary user's PATH often lacks. */
export const searchPath = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`

/** Installs what is missing where that is possible. Returns the programs that are still missing. */
export async function ensureDebianPackages() {
  const missing = await findMissing()
  if (missing.length === 0) return []
  const install = `install -y --no-install-recommends ${missing.join(' ')}`
  console.log(`Missing: ${missing.join(', ')}. On Debian: sudo apt-get ${install}`)
  if (!(await runShell('command -v apt-get')).ok) return missing
  // RUNLEVEL=1 keeps a package from starting its service.
  const apt = `export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1; apt-get -qq update; apt-get -qq ${install}`
  const { ok, output } = await runShell(apt, process.getuid() === 0 ? [] : ['sudo', '-n'])
  console.log(ok ? 'Installed with apt-get.' : output)
  return findMissing()
}

async function findMissing() {
  const { output } = await runShell(`for name in ${programs.join(' ')}; do command -v $name >&2 || echo $name; done`)
  return output.split('\n').filter((name) => programs.includes(name))
}

function runShell(script, [...elevation] = []) {
  const [command, ...args] = [...elevation, 'sh', '-c', script]
  return run(command, args, { env: { ...process.env, PATH: searchPath }, quiet: true })
}
