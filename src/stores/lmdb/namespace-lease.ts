import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { clearInterval, setInterval } from '../../engine/timers.js'

// lmdb identifies processes by their ids. In another pid namespace, such as that of another container, the same id is another process:
// lmdb then waits forever, or destroys what the other one reads. So a small file in the folder names the namespace whose processes use
// it, and each of them touches it once a second.
const fileName = 'namespace'
const touchEveryMs = 1000
// A file that was not touched for `patienceMs` has no users. To find out, a process that opens the folder watches it, unless the last
// touch is older than `expiredMs`.
const patienceMs = 2500
const expiredMs = 10_000
const lookEveryMs = 100

const takenMessage =
  'processes of another pid namespace (another container?) use it, and lmdb cannot tell their process ids apart; run all ' +
  'of them in one container, or let the containers share the namespace (--pid, shareProcessNamespace), or use Redis'

/** The right of the processes of one pid namespace to use a folder. */
export interface Lease {
  /** Throws once another namespace has taken the folder over. */
  check(): void
  release(): void
}

/** Leases a folder for this pid namespace. Throws if processes of another one use it. */
export function leaseFolder(folder: string): Lease {
  const own = ownNamespace()
  if (own === undefined) return { check() {}, release() {} }
  const path = join(folder, fileName)
  acquire(path, own)
  let isTaken = false

  async function touch(): Promise<void> {
    try {
      if ((await readFile(path, 'utf8')) === own) await utimes(path, new Date(), new Date())
      else isTaken = true
    } catch {
      // The file is gone, or the disk fails, which lmdb reports itself.
    }
  }

  const timer = setInterval(() => void touch(), touchEveryMs).unref()
  return {
    check() {
      if (isTaken) throw new Error(`Another pid namespace has taken over the folder: ${takenMessage}.`)
    },
    release: () => clearInterval(timer),
  }
}

/** Identifies this pid namespace, also after a restart of the machine; `undefined` on systems without namespaces. */
function ownNamespace(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}\n`
  } catch {
    return undefined
  }
}

function acquire(path: string, own: string): void {
  const fresh = `${path}-${randomUUID()}`
  try {
    for (;;) {
      const found = readLease(path)
      if (found?.namespace === own) return utimesSync(path, new Date(), new Date())
      if (found !== undefined && isInUse(path, found, own)) throw new Error(takenMessage)
      writeFileSync(fresh, own, { mode: 0o600 })
      if (found !== undefined) return renameSync(fresh, path)
      if (createFrom(fresh, path)) return
    }
  } finally {
    rmSync(fresh, { force: true })
  }
}

/** Of several processes that find no file, one creates it. `false` if it was another one. */
function createFrom(fresh: string, path: string): boolean {
  try {
    linkSync(fresh, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    renameSync(fresh, path) // a file system without links
  }
  return true
}

interface FoundLease {
  readonly namespace: string
  readonly touchedAt: number
}

function readLease(path: string): FoundLease | undefined {
  try {
    const { mtimeMs } = statSync(path)
    return { namespace: readFileSync(path, 'utf8'), touchedAt: mtimeMs }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Watches the file until a process of the other namespace touches it, or none does. */
function isInUse(path: string, found: FoundLease, own: string): boolean {
  const signal = new Int32Array(new SharedArrayBuffer(4)) // never sent: only for its timeout
  for (let waited = 0; waited < patienceMs && Date.now() - found.touchedAt < expiredMs; waited += lookEveryMs) {
    Atomics.wait(signal, 0, 0, lookEveryMs)
    const now = readLease(path)
    if (now === undefined || now.namespace === own) return false
    if (now.namespace !== found.namespace || now.touchedAt !== found.touchedAt) return true
  }
  return false
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
