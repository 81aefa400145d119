import { type ConformanceCase, registerCases } from 'sessera/testing'
import { describe, expect, it } from 'vitest'

const cases: ConformanceCase[] = [
  { group: 'first', name: 'one', run: async () => {} },
  { group: 'second', name: 'two', skip: 'has no second', run: async () => {} },
  { group: 'first', name: 'three', run: () => Promise.reject(new Error('three failed')) },
]

/** A runner that records what is registered with it. */
function recorder() {
  const lines: string[] = []
  const bodies = new Map<string, () => Promise<void>>()
  let depth = 0
  const describe = (name: string, body: () => void): void => {
    lines.push(`${'  '.repeat(depth)}${name}`)
    depth += 1
    body()
    depth -= 1
  }
  const record = (mark: string) => (name: string, body: () => Promise<void>) => {
    lines.push(`${'  '.repeat(depth)}${mark} ${name}`)
    bodies.set(name, body)
  }
  return { lines, bodies, describe, it: record('it'), skip: record('skip') }
}

describe('registerCases', () => {
  it('registers each group under the name of the suite, and shows a skip with its reason', () => {
    const { lines, describe, it, skip } = recorder()
    registerCases({ describe, it: Object.assign(it, { skip }) }, 'suite', cases)
    expect(lines).toEqual([
      'suite',
      '  first',
      '    it one',
      '    it three',
      '  second',
      '    skip two (skipped: has no second)',
    ])
  })

  it('shows the reason in a runner that cannot skip, too', async () => {
    const { lines, bodies, describe, it } = recorder()
    registerCases({ describe, it }, 'suite', cases)
    expect(lines).toContain('    it two (skipped: has no second)')
    await expect(bodies.get('two (skipped: has no second)')?.()).resolves.toBeUndefined()
  })

  it('passes the failure of a case to the runner', async () => {
    const { bodies, describe, it } = recorder()
    registerCases({ describe, it }, 'suite', cases)
    await expect(bodies.get('three')?.()).rejects.toThrow('three failed')
  })
})
