import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from './processes.js'

/** A certificate for `localhost`, signed by itself. */
export interface Certificate {
  /** A file with the key and the certificate. */
  readonly file: string
  /** The certificate, for clients that are to trust it. */
  readonly text: string
}

export function makeCertificate(folder: string): Certificate {
  const file = join(folder, 'site.pem')
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const files = ['-keyout', file, '-out', `${file}.crt`]
  execFileSync(findProgram('openssl'), ['req', ...kind, ...subject, ...files], { stdio: 'pipe' })
  const text = readFileSync(`${file}.crt`, 'utf8')
  appendFileSync(file, text)
  return { file, text }
}
