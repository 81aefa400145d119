import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { run, runScript, singleThreaded } from '../../support/commands.js'
import { hasPackages } from '../../support/packages.js'
import { skip } from '../../support/skip.js'
import { mustWork, openProject, root, type Project } from '../../support/project.js'

// The oldest Node that is promised, and the newest of each line.
const runtimes = [
  { name: 'Node 20.19', path: 'node20/bin/node', args: [singleThreaded] },
  { name: 'Node 22', path: 'node22/bin/node', args: [singleThreaded] },
  { name: 'Node 24', path: 'node24/bin/node', args: [singleThreaded] },
  { name: 'Node 26', path: 'node26/bin/node', args: [singleThreaded] },
  { name: 'Bun', path: 'bun/bin/bun', args: [] },
  { name: 'Deno', path: 'deno/deno', args: ['run', '--allow-all', '--no-lock'] },
]
const timeout = 120_000
const folders = ['packaging/runtimes', 'compatibility', 'frameworks/fetch'] as const
const installed = (await Promise.all(folders.map(hasPackages))).every(Boolean)

describe.skipIf(!installed)('the packed package', () => {
  let project: Project

  beforeAll(async () => {
    project = await openProject()
    vi.stubEnv('DENO_DIR', join(project.folder, 'deno')) // its cache, which would stay behind at home
    await project.write({ 'program/package.json': { type: 'module' } })
    await project.link({
      express: 'node_modules/express',
      express4: 'test/compatibility/node_modules/express4',
      lmdb: 'node_modules/lmdb',
      '@hono/node-server': 'test/frameworks/fetch/node_modules/@hono/node-server',
    })
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const output = join(project.folder, 'program')
    mustWork(
      await runScript(
        compiler,
        '-p',
        join(root, 'test/packaging/runtimes/emit.json'),
        '--noEmit',
        'false',
        '--outDir',
        output,
      ),
    )
  }, timeout)

  afterAll(() => project.remove())

  for (const { name, path, args } of runtimes) {
    const binary = join(root, 'test/packaging/runtimes/node_modules', path)
    const isThere = existsSync(binary)
    if (installed && !isThere) skip(`${name}, which could not be installed for ${process.platform} ${process.arch}`)

    it.skipIf(!isThere)(`runs on ${name}: memory, lmdb, node:http, fetch, Express 4 and 5`, { timeout }, async () => {
      const output = mustWork(await run(binary, ...args, join(project.folder, 'program/packaging/runtimes/program.js')))
      // Its only line: a runtime that warns of something is noticed.
      expect(JSON.parse(output)).toEqual({ checks: expect.any(Number), failures: [] })
    })
  }
})
