import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runToEnd } from '../support/application.js'

const page = readFileSync(new URL('../../docs/writing-a-store.md', import.meta.url), 'utf8')

it('the store of docs/writing-a-store.md passes the suite as that page runs it', async () => {
  const blocks = [...page.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code)
  const folder = mkdtempSync(join(import.meta.dirname, 'page-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'store.ts')
  writeFileSync(file, blocks.join('\n'))
  const { ok, output } = await runToEnd(['--import', 'tsx', '--test', file])
  expect(output).toMatch(/^# fail 0$/m)
  expect(output).toMatch(/^# pass [1-9]\d*$/m)
  expect(ok).toBe(true)
}, 60_000)

it.each(['docs/writing-a-store.md', 'CONTRIBUTING.md'])('%s names every member of SessionStore', (path) => {
  const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  const [contract = ''] = /interface SessionStore \{[^]*?\n\}/.exec(read('src/store.ts')) ?? []
  const members = [...contract.matchAll(/^ {2}(?:readonly )?(\w+)\??[(:]/gm)].map(([, name]) => name)
  expect(members).toContain('renew')
  const missing = members.filter((name) => !new RegExp(`\`${name}\\b`).test(read(path)))
  expect(missing).toEqual([])
})
