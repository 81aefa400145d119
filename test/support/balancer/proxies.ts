import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { makeCertificate } from '../certificate.js'
import { endProcess, endWithUs, findLastingPort, findProgram } from '../processes.js'

/** A load balancer that runs with a file of examples/deploy/, changed only in addresses and paths. */
export interface Proxy {
  /** Of HTTPS. */
  readonly port: number
  readonly plainPort: number
  /** The certificate that clients must trust. */
  readonly certificate: string
  stop(): Promise<void>
}

/** Nginx checks no health: it must be told who is about to go. */
export interface Nginx extends Proxy {
  /** Marks one backend as `down` in its file, or none, and makes it read the file again. */
  takeOut(name: number | undefined): void
}

/** HAProxy also says what it thinks of its backends. */
export interface HAProxy extends Proxy {
  /** Resolves once it sends requests to that backend, or sends it no more. */
  sees(name: number, wanted: 'UP' | 'DOWN'): Promise<void>
}

/** `polls`: with the lines for clients of Socket.IO that poll. */
export async function startHAProxy(backends: readonly number[], { polls = false } = {}): Promise<HAProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'sessera-haproxy-'))
  const socket = join(folder, 'admin.sock')
  const { proxy } = await startProxy(folder, backends, {
    file: 'haproxy.cfg',
    places: (port, plainPort, certificate) => [
      ['bind :80', `bind 127.0.0.1:${plainPort}`],
      ['bind :443', `bind 127.0.0.1:${port}`],
      ['/etc/haproxy/site.pem', certificate],
      ['/run/haproxy/admin.sock', socket],
      ['inter 1s', 'inter 200ms'], // the rules are the same, the tests end sooner
      ...(polls ? ['stick-table', 'stick on'].map(uncommented) : []),
    ],
    command: (path) => [findProgram('haproxy'), '-db', '-f', path],
  })
  return {
    ...proxy,
    async sees(name, wanted) {
      const server = ['one', 'two', 'three'][name - 1]
      const state = async (): Promise<string | undefined> => {
        const control = connect(socket)
        control.write('show stat\n')
        const line = (await text(control)).split('\n').find((line) => line.startsWith(`application,${server},`))
        return line?.split(',')[17]
      }
      while ((await state()) !== wanted) await pause(20)
    },
  }
}

/** A line that the file has as a comment. */
const uncommented = (line: string): readonly [string, string] => [`# ${line}`, line]

/** `cache` keeps answers for ten seconds and is wrong on purpose: it ignores that an answer sets a cookie. `polls` as above. */
export async function startNginx(backends: readonly number[], { cache = false, polls = false } = {}): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'sessera-nginx-'))
  const ownPlaces = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`)
  const wrongCache = `proxy_cache wrong; proxy_cache_valid 200 503 10s; proxy_ignore_headers Set-Cookie Vary;
    add_header x-cache $upstream_cache_status always;`
  const { proxy, child, path } = await startProxy(folder, backends, {
    file: 'nginx.conf',
    places: (port, plainPort, certificate) => [
      ['listen 80', `listen 127.0.0.1:${plainPort}`],
      ['listen 443', `listen 127.0.0.1:${port}`],
      ['ssl_certificate /etc/nginx/site.pem', `ssl_certificate ${certificate}`],
      ['ssl_certificate_key /etc/nginx/site.pem', `ssl_certificate_key ${certificate}`],
      ['http {', `http { access_log off; ${ownPlaces.join(' ')} proxy_cache_path cache keys_zone=wrong:1m;`],
      ['location / {', `location / { ${cache ? wrongCache : ''}`],
      ...(polls ? ['map $uri', 'hash $sticky'].map(uncommented) : []),
    ],
    // As root, its workers would be another user's, who may not enter the temporary folder.
    command: (path) => {
      const user = process.getuid?.() === 0 ? 'user root;' : ''
      const globals = `daemon off; pid nginx.pid; error_log stderr crit; ${user}`
      return [findProgram('nginx'), '-p', folder, '-c', path, '-e', 'stderr', '-g', globals]
    },
  })
  const filled = readFileSync(path, 'utf8')
  return {
    ...proxy,
    takeOut(name) {
      const server = `server 127.0.0.1:${name === undefined ? '' : backends[name - 1]} `
      writeFileSync(path, filled.replace(server, `${server} down `))
      child.kill('SIGHUP')
    },
  }
}

interface Plan {
  readonly file: string
  /** What stands in the file, and what is put there for the test. */
  places(port: number, plainPort: number, certificate: string): readonly (readonly [string, string])[]
  command(path: string): readonly string[]
}

interface Started {
  readonly proxy: Proxy
  readonly child: ChildProcess
  /** Of its configuration. */
  readonly path: string
}

async function startProxy(folder: string, backends: readonly number[], plan: Plan): Promise<Started> {
  const [port, plainPort] = [await findLastingPort(), await findLastingPort()]
  const certificate = makeCertificate(folder)
  const addresses = backends.map((backend, index) => [`10.0.0.1${index + 1}:3000`, `127.0.0.1:${backend}`] as const)
  const path = join(folder, plan.file)
  writeFileSync(path, fillIn(plan.file, [...plan.places(port, plainPort, certificate.file), ...addresses]))

  const [program = '', ...args] = plan.command(path)
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  endWithUs(child)
  await listening(child, port)
  const proxy: Proxy = {
    port,
    plainPort,
    certificate: certificate.text,
    async stop() {
      await endProcess(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return { proxy, child, path }
}

function fillIn(file: string, places: readonly (readonly [string, string])[]): string {
  let filled = readFileSync(fileURLToPath(new URL(`../../../examples/deploy/${file}`, import.meta.url)), 'utf8')
  for (const [shown, used] of places) {
    if (filled.split(shown).length !== 2) throw new Error(`${file} must contain "${shown}" once.`)
    filled = filled.replace(shown, used)
  }
  return filled
}

/** Resolves when somebody accepts connections; rejects with what the process said if it ends instead. */
export async function listening(child: ChildProcess, port: number): Promise<void> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = Promise.race([once(child, 'exit'), once(child, 'error')]).then((reason) => {
    throw new Error(`${child.spawnfile} ended (${String(reason[0])}): ${output}`)
  })
  ended.catch(() => {}) // later it may end
  while (!(await Promise.race([accepts(port), ended]))) await pause(20)
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const accepted = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  })
  socket.destroy()
  return accepted
}
