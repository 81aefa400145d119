import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { measure } from './figures.js'

it('docs/what-is-in-redis.md shows the commands and bytes that are measured', async () => {
  const page = readFileSync(new URL('../../docs/what-is-in-redis.md', import.meta.url), 'utf8')
  expect(plain(page)).toContain(plain((await measure()).join('\n')))
})

/** Without the alignment that the formatter gives to tables. */
function plain(markdown: string): string {
  return markdown.replaceAll(/ +/g, ' ').replaceAll(/-+/g, '-').replaceAll('| - ', '|-').replaceAll('- |', '-|')
}
