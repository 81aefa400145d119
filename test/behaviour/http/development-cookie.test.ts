import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createSessions, memoryStore, type SessionsOptions } from 'sessera'
import { httpSessions } from 'sessera/http'
import type { AdapterServer } from 'sessera/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openBrowser } from '../../../src/testing/browser.js'
import { endProcess, endWithUs, findLastingPort, findProgram } from '../../support/processes.js'
import { chromiumPath, launchChromium, type Browser } from '../../support/chromium.js'
import { listen } from '../../support/listen.js'

const mozilla = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

beforeEach(() => {
  vi.stubEnv('NODE_ENV', 'development')
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** A site that signs in whoever comes. What it cannot is answered by the code of the error. */
async function openSite(options: SessionsOptions = {}): Promise<AdapterServer & { readonly port: number }> {
  const sessions = createSessions({ store: memoryStore(), ...options })
  const listener = httpSessions(
    sessions,
    (_request, response, session) => void (session.signIn('ada'), response.end('in')),
    {
      onError: (error, _request, response) =>
        void response.writeHead(500).end(String((error as { code?: string }).code)),
    },
  )
  const site = await listen(createServer(listener))
  return { ...site, port: Number(new URL(site.origin).port) }
}

async function ask(port: number, headers: Record<string, string> = {}): Promise<unknown> {
  const { body, setCookies } = await openBrowser(`http://127.0.0.1:${port}`).visit('/', { headers })
  return { body, setCookies }
}

const withoutSecure = expect.stringMatching(/^session=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/) as string
const refused = { body: 'INSECURE_REQUEST', setCookies: [] }

describe('while developing, straight to the port', () => {
  let site: Awaited<ReturnType<typeof openSite>>
  beforeEach(async () => {
    site = await openSite()
  })
  afterEach(() => site.close())

  it('http.request is given the cookie without Secure', async () => {
    expect(await ask(site.port)).toEqual({ body: 'in', setCookies: [withoutSecure] })
  })

  it('fetch is', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const response = await fetch(`http://${host}:${site.port}/`).catch(() => undefined) // localhost may be ::1 alone
      if (response !== undefined) expect(response.headers.getSetCookie()).toEqual([withoutSecure])
    }
  })

  it('curl is', async () => {
    const { stdout } = await promisify(execFile)('curl', ['-si', site.origin]).catch(() => ({ stdout: undefined }))
    if (stdout !== undefined) expect(stdout).toMatch(/^set-cookie: session=/im)
  })

  it('another machine’s name is not', async () => {
    expect(await ask(site.port, { Host: 'example.org' })).toEqual(refused)
  })
})

describe.skipIf(chromiumPath === undefined)('while developing, a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium(chromiumPath as string)
  }, 60_000)
  afterAll(() => browser?.close())

  it('is given the cookie without Secure, and shows it again', async () => {
    const site = await openSite()
    const page = await browser.newPage({ viewport: { width: 800, height: 600 }, colorScheme: 'light' })
    try {
      for (const host of ['127.0.0.1', 'localhost']) {
        await page.goto(`http://${host}:${site.port}/`)
        expect(await page.textContent('body')).toBe('in')
      }
    } finally {
      await page.close()
      await site.close()
    }
  })
})

describe('behind nginx with a bare proxy_pass, NODE_ENV not set', () => {
  /** The other user is one that only root can give. */
  const users = process.getuid?.() === 0 ? ['root', 'nobody root'] : ['']
  const settings = {
    'as it comes': '',
    'HTTP/1.1': 'proxy_http_version 1.1;',
    'HTTP/1.1 and connections kept': 'proxy_http_version 1.1; proxy_set_header Connection "";',
    'the Host that was asked for': 'proxy_http_version 1.1; proxy_set_header Host $http_host;',
  }
  const cases = users.flatMap((user) => Object.entries(settings).map(([name, lines]) => ({ name, lines, user })))

  it.each(cases)('nobody is given it: $name, workers of $user', async ({ lines, user }) => {
    const site = await openSite()
    const proxy = await startBareNginx(site.port, lines, user)
    try {
      const browser = { 'User-Agent': mozilla, Connection: 'keep-alive' }
      expect(await ask(proxy.port, { ...browser, Host: 'shop.example.org' })).toEqual(refused)
      expect(await ask(proxy.port, { ...browser, Host: `localhost:${proxy.port}` })).toEqual(refused)
      if (user.startsWith('nobody')) expect(await ask(proxy.port)).toEqual(refused)
    } finally {
      await proxy.stop()
      await site.close()
    }
  })

  it('all are, where the application says so', async () => {
    const site = await openSite({ cookie: { development: true } })
    const proxy = await startBareNginx(site.port, '', users[0]!)
    try {
      expect(await ask(proxy.port, { Host: '192.168.1.7:8080' })).toEqual({ body: 'in', setCookies: [withoutSecure] })
      expect(await ask(site.port, { Host: 'web:3000' })).toEqual({ body: 'in', setCookies: [withoutSecure] })
    } finally {
      await proxy.stop()
      await site.close()
    }
  })
})

async function startBareNginx(backend: number, lines: string, user: string) {
  const folder = mkdtempSync(join(tmpdir(), 'sessera-bare-'))
  const port = await findLastingPort()
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`)
  const server = `server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${backend}; ${lines} } }`
  const globals = `daemon off; pid nginx.pid; error_log stderr crit; ${user === '' ? '' : `user ${user};`}`
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${globals} events {} http { access_log off; ${places.join(' ')} ${server} }`,
  )
  if (user.startsWith('nobody')) chownSync(folder, 65_534, 65_534)
  const child = spawn(findProgram('nginx'), ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  endWithUs(child)
  await listening(child, port)
  return {
    port,
    async stop() {
      await endProcess(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  await vi.waitFor(
    async () => {
      if (child.exitCode !== null) throw new Error('nginx has ended.')
      await ask(port)
    },
    { timeout: 10_000, interval: 50 },
  )
}
