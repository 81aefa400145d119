import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { installPackages, runNpm } from '../support/commands.js'
import { build, outputOf } from './run.js'

interface Packed {
  readonly filename: string
  readonly size: number
  readonly entryCount: number
}

const folder = 'build/package'
const timeout = 120_000
let packed: Packed

beforeAll(async () => {
  await build()
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { output } = await runNpm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder])
  ;[packed] = Object.values(JSON.parse(output) as Record<string, Packed>) as [Packed]
}, timeout)

/** The files that a CommonJS file loads, itself among them. */
function loadedBy(path: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(path)) return loaded
  loaded.add(path)
  for (const [, target = ''] of readFileSync(path, 'utf8').matchAll(/\brequire\("(\.[^"]+)"\)/g))
    loadedBy(join(path, '..', target), loaded)
  return loaded
}

describe('the packed package', () => {
  it('is not larger than it was: say in the commit why these numbers grow', () => {
    const code = Buffer.concat([...loadedBy('dist/cjs/index.js')].map((path) => readFileSync(path)))
    expect(packed.entryCount).toBeLessThanOrEqual(160)
    expect(packed.size).toBeLessThanOrEqual(275_000)
    expect(gzipSync(code).length).toBeLessThanOrEqual(43_500)
  })

  it.each([
    ['publint', 'publint/src/cli.js', ['run', '--strict']],
    ['attw', '@arethetypeswrong/cli/dist/index.js', ['--no-color']],
  ])('is approved by %s', { timeout }, async (_name, script, flags) => {
    const problem = await installPackages('test/packaging')
    if (problem !== undefined) throw new Error(problem)
    const output = await outputOf(`test/packaging/node_modules/${script}`, ...flags, join(folder, packed.filename))
    expect(output).toMatch(/All good!|No problems found/)
  })
})
