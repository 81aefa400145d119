import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const compiler = join(root, 'node_modules/typescript/bin/tsc')
const timeout = 120_000
const guard = '// @ts-expect-error'

async function compile(project: string): Promise<{ exitCode: unknown; output: string }> {
  const child = spawn(process.execPath, [compiler, '--pretty', 'false', '-p', project], { cwd: root })
  const [output, errors, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[unknown]>,
  ])
  return { exitCode, output: output + errors }
}

/** Compiles a copy of a program, changed by `change`, in a folder that is as deep in the tree. */
async function compileChanged(program: string, change: (source: string, file: string) => string) {
  await mkdir(join(root, 'build'), { recursive: true })
  const copy = await mkdtemp(join(root, 'build/types-'))
  try {
    const folder = join(copy, program)
    await cp(join(root, 'test/packaging/types'), copy, {
      recursive: true,
      filter: (path) => !path.endsWith('.test.ts'),
    })
    const config = JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['*.ts'] })
    await writeFile(join(folder, 'tsconfig.json'), config)
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.ts'))) {
      const source = await readFile(join(folder, file), 'utf8')
      await writeFile(join(folder, file), change(source, file))
    }
    return await compile(folder)
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

/** Where a compiler complains, as `file:line`. */
function placesIn(output: string): string[] {
  const places = [...output.matchAll(/^(?:.*\/)?([\w-]+\.ts)\((\d+),\d+\): error/gm)]
  return [...new Set(places.map(([, file, line]) => `${file}:${line}`))].toSorted()
}

describe.each([
  { program: '.', name: 'the public types' },
  { program: 'augmented', name: 'the public types where SessionData is augmented' },
])('$name', ({ program }) => {
  it('are what they are said to be', { timeout }, async () => {
    const { exitCode, output } = await compile(join(root, 'test/packaging/types', program))
    expect(output).toBe('')
    expect(exitCode).toBe(0)
  })

  it('refuse each of the things that must not compile', { timeout }, async () => {
    const guarded: string[] = []
    const { exitCode, output } = await compileChanged(program, (source, file) => {
      for (const [index, line] of source.split('\n').entries()) {
        if (line.includes(guard)) guarded.push(`${file}:${index + 2}`)
      }
      return source.replaceAll(guard, '// was guarded:')
    })
    expect(guarded.length).toBeGreaterThan(5)
    expect(placesIn(output)).toEqual(guarded.toSorted())
    expect(exitCode).not.toBe(0)
  })

  it('are checked by a program that does fail: a guard where nothing is wrong is one error', { timeout }, async () => {
    const { exitCode, output } = await compileChanged(program, (source) => `${guard}\nexport {}\n${source}`)
    expect(output).toContain("Unused '@ts-expect-error' directive")
    expect(exitCode).not.toBe(0)
  })
})
