import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'

/** That the processes of this pid namespace use a folder, and no others. */
export interface Claim {
  /** Throws once another namespace has taken the folder over. */
  check(): void
  release(): void
}

// lmdb tells processes apart by their ids. To a process of another namespace, such as that of another container, the same id is
// somebody else: it waits for ever, or destroys what another one reads. So a small file in the folder names the namespace of those who
// use it, and each of them touches it once a second.
const fileName = 'namespace'
const beatMs = 1000
// After so long without a touch nobody is there any more. Whoever opens waits for one only where the last is not that old.
const patienceMs = 2500
const forgottenMs = 10_000
const lookMs = 100

// As they are now: when fake timers take their places later, this process still lives.
const { setInterval: startTimer, clearInterval: stopTimer } = globalThis

const takenMessage =
  'processes of another pid namespace (another container?) use it, and lmdb takes their process ids for those of its own; run all ' +
  'of them in one container, or let the containers share the namespace (--pid, shareProcessNamespace), or use Redis'

/** Claims the folder for this namespace. Throws where processes of another one use it. */
export function claimFolder(folder: string): Claim {
  const own = namespaceHere()
  if (own === undefined) return { check() {}, release() {} }
  const path = join(folder, fileName)
  claim(path, own)
  let isTaken = false

  async function beat(): Promise<void> {
    try {
      if ((await readFile(path, 'utf8')) === own) await utimes(path, new Date(), new Date())
      else isTaken = true
    } catch {
      // The file is gone, or the disk fails: lmdb will say so itself.
    }
  }

  const timer = startTimer(() => void beat(), beatMs).unref()
  return {
    check() {
      if (isTaken) throw new Error(`The folder was given up: ${takenMessage}.`)
    },
    release: () => stopTimer(timer),
  }
}

/** What tells this pid namespace from all others, also after a restart of the machine; `undefined` where there are none. */
function namespaceHere(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}\n`
  } catch {
    return undefined
  }
}

function claim(path: string, own: string): void {
  const fresh = `${path}-${randomUUID()}`
  try {
    for (;;) {
      const found = read(path)
      if (found?.owner === own) return utimesSync(path, new Date(), new Date())
      if (found !== undefined && isAlive(path, found, own)) throw new Error(takenMessage)
      writeFileSync(fresh, own, { mode: 0o600 })
      if (found !== undefined) return renameSync(fresh, path)
      if (putInto(path, fresh)) return
    }
  } finally {
    rmSync(fresh, { force: true })
  }
}

/** Of two that find no file, one succeeds. Whether it is this one. */
function putInto(path: string, fresh: string): boolean {
  try {
    linkSync(fresh, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    renameSync(fresh, path) // a file system without links
  }
  return true
}

interface Found {
  readonly owner: string
  readonly touchedAt: number
}

function read(path: string): Found | undefined {
  try {
    const { mtimeMs } = statSync(path)
    return { owner: readFileSync(path, 'utf8'), touchedAt: mtimeMs }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whether somebody of the other namespace touches the file while this looks on. */
function isAlive(path: string, found: Found, own: string): boolean {
  const bell = new Int32Array(new SharedArrayBuffer(4)) // never rung
  for (let waited = 0; waited < patienceMs && Date.now() - found.touchedAt < forgottenMs; waited += lookMs) {
    Atomics.wait(bell, 0, 0, lookMs)
    const now = read(path)
    if (now === undefined || now.owner === own) return false
    if (now.owner !== found.owner || now.touchedAt !== found.touchedAt) return true
  }
  return false
}
