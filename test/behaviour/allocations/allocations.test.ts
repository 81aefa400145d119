import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { compile } from '../../support/commands.js'

/**
 * At most how many bytes a request allocates, without those of the framework and of the client: what Node 20 needs and 20 % more, on Express 2,500 bytes besides.
 * `SHOW_COSTS=1` prints what is measured. Node 22 to 26 need at most 7 % more. On Express,
 * Node 24 and 26 need 10,000 bytes less.
 */
const bounds: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  core: {
    'no cookie': 2050,
    'a malformed cookie': 2300,
    'an unknown token': 7950,
    'looks at nothing': 6850,
    'asks who is signed in': 6950,
    'reads a value': 7550,
    'changes a value': 26_400,
  },
  http: {
    'no cookie': 4950,
    'a malformed cookie': 5450,
    'an unknown token': 10_500,
    'looks at nothing': 9450,
    'asks who is signed in': 11_100,
    'reads a value': 11_750,
    'changes a value': 31_950,
  },
  express: {
    'no cookie': 6950,
    'a malformed cookie': 7450,
    'an unknown token': 12_550,
    'looks at nothing': 11_600,
    'asks who is signed in': 13_150,
    'reads a value': 14_250,
    'changes a value': 33_650,
  },
  dropIn: {
    'no cookie': 4400,
    'a malformed cookie': 5900,
    'looks at nothing': 26_150,
    'reads a value': 26_200,
    'changes a value': 41_150,
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
