// A link that leads nowhere, or a message that names a page that is not there, fails whoever is in trouble already. So every
// link of the documentation must resolve, its anchor too; what is packed must do so from the package alone, or by the address
// of the repository, which stands in package.json.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'

const { files: published, repository, homepage, bugs } = JSON.parse(readFileSync('package.json', 'utf8'))
const home = repository.url.replace(/^git\+|\.git$/g, '')
const always = ['README.md', 'LICENSE', 'package.json']
const pages = ['.', 'docs', 'examples'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => normalize(`${folder}/${name}`)),
)
const sources = readdirSync('src', { recursive: true })
  .filter((name) => /(?<!\.test)\.c?ts$/.test(name))
  .map((name) => `src/${name}`)
/** A file or folder of the repository, or a command of it, in the midst of the text. */
const named = /`((?:src|test|tools|examples|benchmarks)\/[\w./-]+)`|`(npm run [\w-]+)[^`]*`/g
const problems = []

for (const page of pages) {
  const text = readFileSync(page, 'utf8')
  for (const { 1: target, index } of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    const problem = problemOfLink(page, target)
    if (problem) problems.push(`${page}:${lineOf(text, index)}: ${target} ${problem}`)
  }
  let outside
  for (const { 1: path, 2: script, index } of text.matchAll(named)) {
    const line = lineOf(text, index)
    if (path && !existsSync(path)) problems.push(`${page}:${line}: there is no ${path}`)
    else if (script || !isPublished(path)) outside ??= `${page}:${line}: ${path ?? script} is not in the package`
  }
  if (outside && isPublished(page) && !text.includes(`](${home}`)) problems.push(`${outside}: link to ${home} once`)
}
for (const file of [...pages, ...sources]) {
  const text = readFileSync(file, 'utf8')
  // Messages quote a section as: docs/page.md, "Section".
  for (const { 1: page, 2: section, index } of text.matchAll(/\b(docs\/[\w-]+\.md)(?:, "([^"]+)")?/g)) {
    const isThere = existsSync(page) && (section === undefined || headingsOf(page).includes(section))
    if (!isThere) problems.push(`${file}:${lineOf(text, index)}: there is no ${page}${section ? `, "${section}"` : ''}`)
  }
}
for (const address of [homepage, bugs])
  if (!address.startsWith(home)) problems.push(`package.json: ${address} is not below ${home}`)

for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0

function problemOfLink(page, target) {
  const [address, anchor] = target.split('#')
  // Other repositories may be named; what looks like ours may not be another one.
  const inRepository = /^https:\/\/github\.com\/[^/]+\/sessera(?:\/(?:blob|tree)\/main\/(?<path>.+)|\/|$)/.exec(address)
  if (inRepository && !address.startsWith(home)) return `is not below ${home}`
  if (/^[a-z]+:/.test(address) && !inRepository?.groups.path) return undefined
  const path = inRepository?.groups.path ?? (address ? normalize(join(page, '..', address)) : page)
  if (!existsSync(path)) return 'is not there'
  if (!inRepository && isPublished(page) && !isPublished(path)) return `is not in the package: link to ${home}`
  if (anchor && !headingsOf(path).map(slugOf).includes(anchor)) return 'has no such heading'
  return undefined
}

function isPublished(path) {
  return always.includes(path) || published.some((name) => path === name || path.startsWith(`${name}/`))
}

function headingsOf(page) {
  const text = readFileSync(page, 'utf8').replaceAll(/^ *```[^]*?^ *```/gm, '')
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading)
}

// As the places that show Markdown make anchors of headings.
function slugOf(heading) {
  const plain = heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
  return plain.replaceAll(' ', '-')
}

function lineOf(text, index) {
  return text.slice(0, index).split('\n').length
}
