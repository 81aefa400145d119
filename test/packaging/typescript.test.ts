import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runScript } from '../support/commands.js'
import { hasPackages } from '../support/packages.js'
import { mustWork, openProject, root, type Project } from '../support/project.js'

const nodenext = { module: 'nodenext', moduleResolution: 'nodenext' }
const strict = { strict: true, exactOptionalPropertyTypes: true, esModuleInterop: true }
const common = { target: 'es2022', lib: ['es2023'], types: ['node'], noEmit: true, ...strict }
const ways = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext,
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
  // What `tsc --init` long gave to applications. TypeScript 6 warns of it, and 7 has it no more.
  node10: { module: 'commonjs', moduleResolution: 'node10' },
}

// Folders say how a program finds modules and whether it is `module` or `commonjs`; so does the path in a message.
const onExpress = ['node16/module', 'node16/commonjs', 'nodenext/module', 'nodenext/commonjs', 'bundler/module']
const formerly = 'node10/commonjs'
const dropIn = ['node16/module', 'node16/commonjs', 'nodenext/commonjs', 'bundler/module']
const frameworks = { fastify: 'fastify', koa: '@types/koa', trpc: '@trpc/server' }
const onFrameworks = ['nodenext/module', 'nodenext/commonjs', 'bundler/module']
const withoutExpress = ['plain/module', 'plain/commonjs']
const sources = ['application.ts', 'no-any.ts']
// The core needs no types of Node either.
const bareApplication =
  "import { createSessions } from 'sessera'\nexport const { open } = createSessions<{ visits: number }>()\n"
const timeout = 180_000
const peers = 'test/compatibility/node_modules'
const moving = await readFile(join(root, 'docs/moving-from-express-session.md'), 'utf8')
const [, augmentation = ''] = /^ *```ts fragment\n( *declare module [^]*?)^ *```$/m.exec(moving) ?? []

function wayOf(folder: string): object {
  const [way = ''] = folder.split('/')
  return ways[way as keyof typeof ways]
}

const hasAll = (await hasPackages('packaging')) && (await hasPackages('compatibility'))

describe.skipIf(!hasAll)('in an empty TypeScript project', () => {
  let project: Project

  beforeAll(async () => {
    project = await openProject()
    await project.link({ '@types/node': 'node_modules/@types/node', lmdb: 'node_modules/lmdb' })
    await project.link({ '@types/express': 'node_modules/@types/express' }, 'express')
    for (const folder of [...onExpress, formerly]) {
      const options = { ...common, ...wayOf(folder), skipLibCheck: true }
      await writeProgram(`express/${folder}`, options, [...sources, 'express-application.ts'])
    }
    for (const [framework, types] of Object.entries(frameworks)) {
      // The package must find the types that it augments.
      const copy = join(project.folder, framework, 'node_modules/sessera')
      await cp(join(project.folder, 'node_modules/sessera'), copy, { recursive: true })
      await project.link({ [types]: `node_modules/${types}` }, framework)
      for (const folder of onFrameworks) {
        const options = { ...common, ...wayOf(folder), skipLibCheck: true }
        await writeProgram(`${framework}/${folder}`, options, [`${framework}-application.ts`])
      }
    }
    await project.link({ '@types/express': 'node_modules/@types/express' }, 'drop-in')
    await project.link({ '@types/express': 'node_modules/@types/express' }, 'leftover')
    await project.link({ '@types/express-session': `${peers}/@types/express-session` }, 'leftover')
    for (const folder of [...dropIn, formerly]) {
      const options = { ...common, ...wayOf(folder), skipLibCheck: true }
      await writeProgram(`drop-in/${folder}`, options, ['drop-in-application.ts', 'client.ts'])
      await project.write({ [`drop-in/${folder}/data.ts`]: `${augmentation}\nexport {}\n` })
    }
    const leftover = { ...common, ...nodenext, types: ['node', 'express-session'], skipLibCheck: true }
    await writeProgram('leftover/module', leftover, ['leftover-application.ts', 'client.ts'])
    for (const folder of withoutExpress) {
      await writeProgram(folder, { ...common, ...nodenext, skipLibCheck: false }, sources)
    }
    await writeProgram('bare/module', { ...common, ...nodenext, types: [], skipLibCheck: false }, [])
    await project.write({ 'bare/module/application.ts': bareApplication })
  }, timeout)

  afterAll(() => project.remove())

  async function writeProgram(folder: string, compilerOptions: object, names: readonly string[]): Promise<void> {
    const [type] = folder.split('/').slice(-1)
    await project.write({
      [`${folder}/package.json`]: { type },
      [`${folder}/tsconfig.json`]: { compilerOptions, include: ['*.ts'] },
    })
    for (const name of names) {
      const text = await readFile(join(root, 'test/packaging/consumer', name), 'utf8')
      await project.write({ [`${folder}/${name}`]: text })
    }
  }

  const compiler = (folder: string): string => join(root, 'test/packaging/node_modules', folder, 'bin/tsc')

  it.each([
    { version: '5.8', folder: 'typescript58', former: [formerly] },
    // Its checker is that of 5.8: what may differ is how it finds modules, by the way that most use.
    { version: '6.0', folder: 'typescript60', former: [], only: 'nodenext/module' },
    { version: '7.0', folder: 'typescript70', former: [] },
  ])(
    'TypeScript $version compiles an application in every way, and sees no `any`',
    { timeout },
    async ({ folder, former, only = '' }) => {
      const programs = [
        'bare/module',
        'leftover/module',
        ...withoutExpress,
        ...Object.keys(frameworks).flatMap((framework) => onFrameworks.map((path) => `${framework}/${path}`)),
        ...[...onExpress, ...former].map((path) => `express/${path}`),
        ...[...dropIn, ...former].map((path) => `drop-in/${path}`),
      ]
      const paths = programs.filter((path) => path.endsWith(only)).map((path) => join(project.folder, path))
      const { output, ok } = await runScript(compiler(folder), '--build', '--force', ...paths)
      expect(output).toBe('')
      expect(ok).toBe(true)
    },
  )

  it.each(withoutExpress)('the compiled application of %s runs', { timeout }, async (program) => {
    const folder = join(project.folder, program)
    const flags = ['--project', folder, '--noEmit', 'false', '--outDir', join(folder, 'built')]
    mustWork(await runScript(compiler('typescript70'), ...flags))
    const { output } = await runScript(join(folder, 'built/application.js'))
    expect(output).toBe('ada, memory, lmdb, redis')
  })
})
