import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openBrowser } from '../../../src/testing/browser.js'
import { findMissingPackages, requireFrom } from '../../support/packages.js'
import { compileProgram } from '../../support/compile-program.js'

const problem = await findMissingPackages('compatibility')

const require = createRequire(import.meta.url)
const versions = {
  'Express 4': () => requireFrom('compatibility').resolve('express4'),
  'Express 5': () => require.resolve('express'),
}

/** Starts a server of server.ts. */
async function start(version: keyof typeof versions, api: string, environment: Record<string, string> = {}) {
  const script = await compileProgram(new URL('server.ts', import.meta.url))
  const { NODE_OPTIONS: _options, ...env } = process.env
  const child = spawn(process.execPath, [script, versions[version](), api], {
    env: { ...env, ...environment, NODE_ENV: 'test' },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const told = { stdout: '', stderr: '' }
  const exited = once(child, 'exit')
  child.stderr.on('data', (chunk: Buffer) => (told.stderr += chunk.toString()))
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      told.stdout += chunk.toString()
      const [line] = /^\d+$/m.exec(told.stdout) ?? []
      if (line !== undefined) resolve(line)
    })
    child.once('exit', () => reject(new Error(told.stderr)))
  })
  const ask = async (path: string, cookie = ''): Promise<{ status: number; body: string; cookie: string }> => {
    const browser = openBrowser(`http://127.0.0.1:${port}`)
    const { status, body } = await browser.visit(path, { cookie })
    return { status, body, cookie: browser.cookies() }
  }
  return { ask, told, exited, isAlive: () => child.exitCode === null && child.signalCode === null }
}

const methods: Record<string, readonly string[]> = {
  'drop-in': ['save', 'destroy', 'regenerate', 'reload'],
  native: ['save', 'update'],
}
const apis = Object.keys(methods)
const everywhere = Object.keys(versions).flatMap((version) =>
  apis.map((api) => [version as keyof typeof versions, api] as const),
)

describe.skipIf(problem !== undefined)('a handler that waits for what fails', { timeout: 60_000 }, () => {
  it.each(everywhere)('fails its response once, and not the process (%s, %s)', async (version, api) => {
    const { ask, isAlive } = await start(version, api)
    for (const method of methods[api]!) {
      for (const path of ['/await', '/late']) {
        const { cookie } = await ask('/start')
        const answer = await ask(`${path}?method=${method}`, cookie)
        expect([method, answer.status >= 500, answer.body]).toEqual([
          method,
          true,
          expect.stringMatching(/^failed: .*, 1$/),
        ])
      }
    }
    expect(isAlive()).toBe(true)
    expect(await ask('/start')).toMatchObject({ status: 200 })
  })

  it.each(everywhere)('can catch it, and answers itself (%s, %s)', async (version, api) => {
    const { ask, isAlive } = await start(version, api)
    const { cookie } = await ask('/start')
    expect(await ask(`/catch?method=${methods[api]![0]}`, cookie)).toMatchObject({
      status: expect.any(Number) as number,
      body: expect.stringMatching(/^(?:caught|failed)/),
    })
    expect(isAlive()).toBe(true)
  })

  it.each(apis)('after it has answered ends no process, either (%s)', async (api) => {
    const { ask, isAlive } = await start('Express 4', api)
    const { cookie } = await ask('/start')
    await ask(`/after?method=${methods[api]![0]}`, cookie)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(isAlive()).toBe(true)
  })
})

describe.skipIf(problem !== undefined)('a rejection of the application at the same time', { timeout: 60_000 }, () => {
  it.each(apis)('ends the process, as without us (%s)', async (api) => {
    const { ask, told, exited } = await start('Express 4', api)
    const { cookie } = await ask('/start')
    await ask(`/await?method=save`, cookie)
    await ask(`/with-another?method=save`, cookie).catch(() => {})
    expect(await exited).toEqual([1, null])
    expect(told.stderr).toMatch(/Error: of the application/)
  })

  it.each(apis)('is heard once by an application that listens (%s)', async (api) => {
    const { ask, told, isAlive } = await start('Express 4', api, { LISTENS: 'yes' })
    const { cookie } = await ask('/start')
    await ask(`/await?method=save`, cookie)
    await ask(`/with-another?method=save`, cookie)
    expect(isAlive()).toBe(true)
    await expect.poll(() => told.stdout.match(/heard of the application/g)).toHaveLength(1)
  })

  it.each(['warn', 'none'])('is left to Node with --unhandled-rejections=%s', async (mode) => {
    const { ask, told, isAlive } = await start('Express 4', 'drop-in', {
      NODE_OPTIONS: `--unhandled-rejections=${mode}`,
    })
    const { cookie } = await ask('/start')
    await ask(`/await?method=save`, cookie)
    expect(await ask(`/with-another?method=save`, cookie)).toMatchObject({ status: 500 })
    expect(isAlive()).toBe(true)
    expect(/of the application/.test(told.stderr)).toBe(mode === 'warn')
  })
})
