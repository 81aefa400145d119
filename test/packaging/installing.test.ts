import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runScript } from '../support/commands.js'
import { mustWork, openProject, overrides, type Project } from '../support/project.js'

const timeout = 120_000
let project: Project

beforeAll(async () => {
  project = await openProject()
}, timeout)

afterAll(() => project.remove())

describe('the packed package', () => {
  it('has what is published and nothing else', async () => {
    const folder = join(project.folder, 'node_modules/sessera')
    const files = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name))
    const names = paths.map((path) => path.slice(folder.length + 1))
    const others = names.filter((name) => !/^(?:dist\/.*\.(c?js|d\.c?ts)|docs\/[\w-]+\.md)$/.test(name))
    expect(others.toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'dist/cjs/package.json',
      'package.json',
    ])
    expect(names.filter((name) => /\.test\.|\.tsbuildinfo|\.map$/.test(name))).toEqual([])
    for (const path of paths.filter((name) => name.endsWith('.js'))) {
      // Neither could be loaded by `require`.
      expect(await readFile(path, 'utf8')).not.toMatch(/^(?:const .* = )?await |import\.meta/m)
    }
  })

  it('brings no other package with it but what Express has too', async () => {
    expect((await readdir(join(project.folder, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual([
      'cookie',
      'debug',
      'depd',
      'sessera',
    ])
  })
})

describe('in an empty JavaScript project', () => {
  const use = `
    const handler = (request, response, session) => response.end(String(session.userId))
    async function main() {
      if (typeof httpSessions(createSessions(), handler) !== 'function') throw new Error('no listener')
      const sessions = createSessions()
      const { session, commit } = await sessions.open(undefined)
      session.signIn('ada')
      const { setCookies } = await commit()
      console.log((await sessions.open(setCookies[0].split(';')[0])).session.userId)
    }
    void main()`

  it.each([
    ['import', 'main.mjs', "import { createSessions } from 'sessera'\nimport { httpSessions } from 'sessera/http'"],
    [
      'require',
      'main.cjs',
      "const { createSessions } = require('sessera')\nconst { httpSessions } = require('sessera/http')",
    ],
  ])('it is used by %s', { timeout }, async (_way, file, head) => {
    await project.write({ [file]: `${head}\n${use}` })
    const { output } = await runScript(join(project.folder, file))
    expect(output).toBe('ada')
  })

  it('import and require give the same copy on Node', { timeout }, async () => {
    await project.write({
      'same.mjs': `import { createRequire } from 'node:module'
        import { createSessions } from 'sessera'
        console.log(createRequire(import.meta.url)('sessera').createSessions === createSessions)`,
    })
    expect((await runScript(join(project.folder, 'same.mjs'))).output).toBe('true')
  })
})

describe('npm installs it beside', () => {
  // Stand-ins with nothing but a name and a version, which is all that npm looks at here.
  async function installBeside(versions: Readonly<Record<string, string>>) {
    const names = Object.entries(versions).map(([name, version]) => `peers/${name}-${version}`)
    const folder = `beside/${names.join('-').replaceAll('/', '-')}`
    for (const [name, version] of Object.entries(versions)) {
      await project.write({ [`${folder}/peers/${name}/package.json`]: { name, version } })
    }
    const peers = Object.keys(versions).map((name) => [name, `file:peers/${name}`])
    const dependencies = { ...Object.fromEntries(peers), sessera: `file:${project.tarball}` }
    await project.write({ [`${folder}/package.json`]: { private: true, dependencies, overrides } })
    return project.npm(folder, 'install', '--package-lock-only', '--ignore-scripts', '--strict-peer-deps')
  }

  it.each([
    { redis: '5.12.1', ioredis: '5.11.1', lmdb: '3.0.0' },
    { redis: '6.3.1', ioredis: '6.0.0', lmdb: '3.5.6' },
    { iovalkey: '0.4.0', '@valkey/valkey-glide': '2.5.2' },
    { express: '4.22.3' },
    { express: '5.3.0' },
    { fastify: '5.0.0' },
    { fastify: '5.12.8' },
    { koa: '2.16.4', '@types/koa': '2.15.0' },
    { koa: '3.3.0', '@types/koa': '3.0.3' },
  ])('%o', { timeout }, async (versions) => {
    mustWork(await installBeside(versions))
  })

  it('no client that is too old for it', { timeout }, async () => {
    const { ok, output } = await installBeside({ ioredis: '4.30.0' })
    expect(output).toContain('ERESOLVE')
    expect(ok).toBe(false)
  })
})
