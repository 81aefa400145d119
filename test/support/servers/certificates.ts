import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A certificate authority of the test's own, and what it has signed. */
export interface Authority {
  /** Its certificate, in PEM: what a client must be given to trust the others. */
  readonly ca: string
  /** Settings of redis-server for TLS with a certificate for `names`, such as `IP:127.0.0.1`, on a port. */
  settingsFor(port: number, names: string): Promise<string[]>
  remove(): Promise<void>
}

const execute = promisify(execFile)
const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** Whether this machine can make certificates. */
export function hasOpenssl(): Promise<boolean> {
  return execute('openssl', ['version']).then(
    () => true,
    () => false,
  )
}

/** Makes one by `openssl`. */
export async function createAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'sessera-certificates-'))
  const openssl = (...parameters: string[]) => execute('openssl', parameters, { cwd: folder })
  const about = ['-subj', '/CN=sessera test', '-addext', 'basicConstraints=critical,CA:TRUE']
  await openssl('req', '-x509', ...key, ...about, '-days', '2', '-keyout', 'ca.key', '-out', 'ca.pem')
  let serial = 0
  return {
    ca: await readFile(join(folder, 'ca.pem'), 'utf8'),
    async settingsFor(port, names) {
      serial += 1
      const file = (kind: string): string => join(folder, `${serial}.${kind}`)
      await writeFile(file('extensions'), `subjectAltName=${names}\n`)
      await openssl('req', '-new', ...key, '-subj', '/CN=server', '-keyout', file('key'), '-out', file('request'))
      const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', String(serial), '-days', '2']
      const files = ['-in', file('request'), '-extfile', file('extensions'), '-out', file('pem')]
      await openssl('x509', '-req', ...signer, ...files)
      const settings = {
        '--tls-port': String(port),
        '--tls-auth-clients': 'no',
        '--tls-cert-file': file('pem'),
        '--tls-key-file': file('key'),
        '--tls-ca-cert-file': join(folder, 'ca.pem'),
      }
      return Object.entries(settings).flat()
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
