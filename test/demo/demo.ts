import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openBrowser } from '../../src/testing/browser.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The demo or an example as its command runs it, built first where that is needed, in a process of its own. */
export interface Demo {
  readonly child: ChildProcess
  /** Where it keeps its temporary files; empty once it has ended. */
  readonly temporary: string
  /** What it printed to standard error so far. */
  complaints(): string
  /** Resolves with its address; rejects with what it printed when it ends instead. */
  readonly ready: Promise<string>
  readonly ended: Promise<number | null>
}

export function startDemo(
  environment: Readonly<Record<string, string>> = {},
  command: readonly string[] = ['tools/start.mjs'],
): Demo {
  const temporary = mkdtempSync(join(tmpdir(), 'sessera-demo-'))
  const child = spawn(process.execPath, command, {
    cwd: root,
    env: { ...process.env, PORT: '0', REDIS_URL: '', TMPDIR: temporary, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [printed, complaints] = ['', '']
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      const address = /^Ready: (http:\/\/127\.0\.0\.1:\d+)$/m.exec(printed)
      if (address?.[1]) resolve(address[1])
    })
    child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
    void once(child, 'close').then(() => reject(new Error(`The demo ended: ${printed}${complaints}`)))
  })
  ready.catch(() => {}) // a test may be interested in the end only
  return { child, temporary, complaints: () => complaints, ready, ended }
}

export async function endDemo(demo: Demo | undefined, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (!demo) return
  demo.child.kill(signal)
  await demo.ended
  rmSync(demo.temporary, { recursive: true, force: true })
}

/** What a visitor got. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** From `x-backend`. */
  readonly backend: number
  /** From `x-fleet`: process ids by backend, `null` while one is down. */
  readonly pids: readonly (number | null)[]
  readonly body: Record<string, unknown>
}

/** A visitor with a cookie jar. */
export function createVisitor(address: string) {
  const browser = openBrowser(address)

  async function send(method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
    const answer = await browser.visit(path, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return {
      status: answer.status,
      headers: answer.headers,
      backend: Number(answer.headers['x-backend']),
      pids: JSON.parse(String(answer.headers['x-fleet'] ?? '[]')) as (number | null)[],
      body: answer.body.startsWith('{') ? (JSON.parse(answer.body) as Record<string, unknown>) : {},
    }
  }

  return {
    send,
    me: async () => (await send('GET', '/api/me')).body,
    /** The session as each of the three backends sees it. */
    async everywhere() {
      const answers = []
      for (let turn = 0; turn < 3; turn += 1) answers.push(await send('GET', '/api/me'))
      return answers.toSorted((a, b) => a.backend - b.backend).map(({ body }) => body)
    },
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
