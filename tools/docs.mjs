// An example that no longer compiles costs every reader an hour. So each ```ts and ```js block of the documentation is
// type-checked against the public import paths, and each `npm` line of a ```sh block must name a script that exists.
//
// `<!-- context … -->` stands before a block and gives it, unseen by the reader, what it needs; it holds for the rest of the
// page or until the next one. An import of it that a block has itself is left out. "```ts fragment" is not compiled.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { runScript } from './run.mjs'

const docs = readdirSync('docs').filter((name) => name.endsWith('.md'))
const pages = ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)]
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
const part = /^<!-- context\n(?<context>[^]*?)^-->$|^ *```(?<language>ts|js|sh)\n(?<code>[^]*?)^ *```$/gm
const problems = []
const programs = { together: [] }

rmSync('build/docs', { recursive: true, force: true })
mkdirSync('build/docs', { recursive: true })
for (const page of pages.filter((path) => existsSync(path))) {
  const text = readFileSync(page, 'utf8')
  let context = []
  for (const { index, groups } of text.matchAll(part)) {
    const line = text.slice(0, index).split('\n').length
    if (groups.context !== undefined) context = groups.context.split('\n')
    else if (groups.language === 'sh') checkCommands(groups.code, `${page}:${line}`)
    else addToProgram(`${page.replaceAll('/', '_')}.${line}.ts`, groups.code, context, line)
  }
}
for (const [name, files] of Object.entries(programs)) await checkProgram(name, files)
if (problems.length > 0) console.error(problems.join('\n'))
process.exitCode = problems.length > 0 ? 1 : 0

function checkCommands(code, place) {
  for (const [, script] of code.matchAll(/^\s*(?:\$ )?npm (?:run )?(\S+)/gm)) {
    const isOfNpm = /^(i|install|ci|init|pack|publish|uninstall)$/.test(script)
    if (!isOfNpm && !(script in scripts)) problems.push(`${place}: there is no npm script "${script}"`)
  }
}

// Lines keep their numbers, so that a message leads to the line of the page.
function addToProgram(file, code, context, line) {
  const own = new Set(code.split('\n'))
  const hidden = context.filter((text) => !(text.startsWith('import ') && own.has(text)))
  const gap = Array.from({ length: line - hidden.length }, () => '')
  writeFileSync(`build/docs/${file}`, [...hidden, ...gap, code, 'export {}\n'].join('\n'))
  const changesTypes = /^\s*declare (module|global)/m.test(code + hidden.join('\n'))
  if (changesTypes) programs[file] = [file]
  else programs.together.push(file)
}

async function checkProgram(name, files) {
  if (files.length === 0) return
  const project = `build/docs/${name}.json`
  const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false }
  writeFileSync(project, JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, files, include: [] }))
  const flags = ['-p', project, '--pretty', 'false']
  const { ok, output } = await runScript('node_modules/typescript/bin/tsc', flags, { quiet: true })
  const place = /build\/docs\/(\S+?\.md)\.\d+\.ts\((\d+),/g
  if (!ok) problems.push(output.replace(place, (_, page, line) => `${page.replaceAll('_', '/')}(${line},`))
}
