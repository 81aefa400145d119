import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { expect, it } from 'vitest'
import { headingsOf, isPublished, manifest, pages, placeOf } from './pages.js'

const home = manifest.repository.url.replaceAll(/^git\+|\.git$/g, '')
const ours = /^https:\/\/github\.com\/[^/]+\/sessera(?:\/(?:blob|raw|tree)\/main\/(?<path>.+)|\/|$)/

/** What is wrong with a link of a page, if anything is. */
function problemOf(page: string, target: string): string | undefined {
  const [address = '', anchor] = target.split('#')
  const inRepository = ours.exec(address)
  if (inRepository && !address.startsWith(home)) return `is not below ${home}`
  if (/^[a-z]+:/.test(address) && !inRepository?.groups?.['path']) return undefined
  const path = inRepository?.groups?.['path'] ?? (address ? normalize(join(page, '..', address)) : page)
  if (!existsSync(path)) return 'is not there'
  if (!inRepository && isPublished(page) && !isPublished(path)) return `is not in the package: link to ${home}`
  if (anchor && !headingsOf(path).map(anchorOf).includes(anchor)) return 'has no such heading'
  return undefined
}

/** As the places that show Markdown make anchors of headings. */
function anchorOf(heading: string): string {
  const plain = heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
  return plain.replaceAll(' ', '-')
}

it.each(pages)('each link of %s leads somewhere, from the package too if it is in there', (page) => {
  const text = readFileSync(page, 'utf8')
  const problems = [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(({ 1: target = '', index }) => {
    const problem = problemOf(page, target)
    return problem === undefined ? [] : [`${placeOf(page, text, index)}: ${target} ${problem}`]
  })
  expect(problems).toEqual([])
})

it.each(pages)('what %s names of the repository is there, and a published page says where that is', (page) => {
  const text = readFileSync(page, 'utf8')
  const named = /`((?:src|test|tools|examples|benchmarks)\/[\w./-]+)`|`npm run [\w-]+[^`]*`/g
  const found = [...text.matchAll(named)].map(({ 0: code, 1: path, index }) => ({ code, path, index }))
  const missing = found.filter(({ path }) => path !== undefined && !existsSync(path))
  expect(missing.map(({ code, index }) => `${placeOf(page, text, index)}: there is no ${code}`)).toEqual([])
  const isOutside = found.some(({ path }) => path === undefined || !isPublished(path))
  if (isOutside && isPublished(page)) expect(text).toContain(`](${home}`)
})

it('each page and section of docs/ that is quoted is there, in messages of the package too', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(?<!\.test)\.c?ts$/.test(path),
  )
  const problems: string[] = []
  for (const file of [...pages, ...sources.map((path) => `src/${path}`)]) {
    const text = readFileSync(file, 'utf8')
    for (const { 0: quoted, 1: page = '', 2: section, index } of text.matchAll(
      /\b(docs\/[\w-]+\.md)(?:, "([^"]+)")?/g,
    )) {
      const isThere = existsSync(page) && (section === undefined || headingsOf(page).includes(section))
      if (!isThere) problems.push(`${placeOf(file, text, index)}: there is no ${quoted}`)
    }
  }
  expect(problems).toEqual([])
})

it('package.json has one home', () => {
  expect([manifest.homepage, manifest.bugs].filter((address) => !address.startsWith(home))).toEqual([])
})
