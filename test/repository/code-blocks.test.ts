import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { outputOf } from './run.js'
import { manifest, pages, placeOf } from './pages.js'

// `<!-- context … -->` stands before a block and gives it, unseen by the reader, what it needs; it holds for the rest of the page or
// until the next one. An import of it that a block has itself is left out. "```ts fragment" is not compiled.
const part = /^<!-- context\n(?<context>[^]*?)^-->$|^ *```(?<language>ts|js|sh)\n(?<code>[^]*?)^ *```$/gm
const blocks = pages.flatMap((page) => {
  const text = readFileSync(page, 'utf8')
  let context = ''
  return [...text.matchAll(part)].flatMap(({ index, groups }) => {
    context = groups?.['context'] ?? context
    const { language, code } = groups ?? {}
    return code === undefined ? [] : [{ page, language, code, context, place: placeOf(page, text, index) }]
  })
})
const programs = blocks.filter(({ language }) => language !== 'sh')

/** The block as a module whose lines have the numbers of the page's, so that a message leads there. */
function moduleOf({ code, context, place }: (typeof blocks)[number]): string {
  const own = new Set(code.split('\n'))
  const hidden = context.split('\n').filter((text) => !(text.startsWith('import ') && own.has(text)))
  const gap = Array.from({ length: Number(place.split(':')[1]) - hidden.length }, () => '')
  return [...hidden, ...gap, code, 'export {}\n'].join('\n')
}

it(
  'each ts and js block of the documentation compiles against the public import paths',
  { timeout: 120_000 },
  async () => {
    const folder = 'build/code-blocks'
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const together: string[] = []
    const alone: string[] = [] // what changes types holds for all of a program
    for (const block of programs) {
      const file = `${block.place.replaceAll(/[/:]/g, '_')}.ts`
      const text = moduleOf(block)
      writeFileSync(`${folder}/${file}`, text)
      const list = /^\s*declare (module|global)/m.test(text) ? alone : together
      list.push(file)
    }
    const frameworks = '../../test/repository/framework-types.d.ts'
    const outputs = [together, ...alone.map((file) => [file])].map(async (files, index) => {
      const project = `${folder}/${index}.json`
      const unused = { noUnusedLocals: false, noUnusedParameters: false }
      const compilerOptions = { ...unused, experimentalDecorators: true, erasableSyntaxOnly: false }
      writeFileSync(
        project,
        JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, files: [frameworks, ...files], include: [] }),
      )
      return outputOf('node_modules/typescript/bin/tsc', '-p', project, '--pretty', 'false')
    })
    expect((await Promise.all(outputs)).join('\n').trim()).toBe('')
  },
)

it('each npm line of a sh block names a command of npm or of ours', () => {
  const ofNpm = ['i', 'install', 'ci', 'init', 'pack', 'publish', 'uninstall']
  const named = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code, place }) =>
      [...code.matchAll(/^\s*(?:\$ )?npm (?:run )?(\S+)/gm)].map(([, script = '']) => ({ place, script })),
    )
  expect(named.filter(({ script }) => !ofNpm.includes(script) && !(script in manifest.scripts))).toEqual([])
})
