import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { compile } from '../../support/commands.js'

/**
 * At most how many bytes a request allocates, without those of the framework and of the client: what Node 20 needs and 15 % more.
 * `SHOW_COSTS=1` prints what is measured. Node 22 to 26 need at most 7 % more. On Express,
 * Node 24 and 26 need 10,000 bytes less.
 */
const bounds: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  core: {
    'no cookie': 1950,
    'a malformed cookie': 2200,
    'an unknown token': 7600,
    'looks at nothing': 6900,
    'asks who is signed in': 6950,
    'reads a value': 8650,
    'changes a value': 30_550,
  },
  http: {
    'no cookie': 4750,
    'a malformed cookie': 5250,
    'an unknown token': 10_100,
    'looks at nothing': 9350,
    'asks who is signed in': 10_900,
    'reads a value': 12_650,
    'changes a value': 42_700,
  },
  express: {
    'no cookie': 4250,
    'a malformed cookie': 4750,
    'an unknown token': 9600,
    'looks at nothing': 8900,
    'asks who is signed in': 10_350,
    'reads a value': 12_050,
    'changes a value': 34_900,
  },
  dropIn: {
    'no cookie': 4250,
    'a malformed cookie': 5650,
    'looks at nothing': 32_100,
    'reads a value': 32_150,
    'changes a value': 46_550,
  },
}

const flags = [
  '--expose-gc',
  '--no-opt',
  '--no-lazy-feedback-allocation',
  '--single-threaded',
  '--no-memory-reducer',
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
]

it('a request allocates no more bytes than it did', { timeout: 240_000 }, async () => {
  expect(await compile()).toMatchObject({ ok: true })
  const script = fileURLToPath(new URL('measure.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script], { timeout: 120_000 })
  if (process.env['SHOW_COSTS']) console.log(stdout)
  const { yardstick, ...measured } = JSON.parse(stdout) as typeof bounds
  expect(yardstick?.['an array of 1,000 bytes'], 'the measure itself').toBeGreaterThanOrEqual(1000)
  expect(yardstick?.['an array of 1,000 bytes'], 'the measure itself').toBeLessThan(1200)
  const bounded = Object.entries(measured).map(([group, cases]) => {
    const withinBounds = Object.entries(cases).map(([name, bytes]) => [
      name,
      Math.max(bytes, bounds[group]?.[name] ?? 0),
    ])
    return [group, Object.fromEntries(withinBounds)]
  })
  expect(Object.fromEntries(bounded), `measured: ${stdout}`).toEqual(bounds)
})
