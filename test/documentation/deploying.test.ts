import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

describe('the page about load balancers', () => {
  it.each([
    ['haproxy', 'haproxy.cfg'],
    ['nginx', 'nginx.conf'],
    ['ts', 'drain.ts'],
  ])('shows, as its %s block, the file that the tests use: %s', (language, file) => {
    const blocks = read('docs/deploying-behind-a-load-balancer.md').matchAll(/^```(\w+)\n(.*?)^```$/gms)
    const shown = [...blocks].filter(([, its]) => its === language).map(([, , code]) => code)
    expect(shown).toContain(read(`examples/deploy/${file}`))
  })
})
