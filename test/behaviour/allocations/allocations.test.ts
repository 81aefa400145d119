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
    'a malformed cookie': 2850,
    'an unknown token': 11_300,
    'looks at nothing': 11_900,
    'asks who is signed in': 11_700,
    'reads a value': 16_400,
    'changes a value': 38_500,
  },
  http: {
    'no cookie': 7950,
    'a malformed cookie': 8700,
    'an unknown token': 17_300,
    'looks at nothing': 17_900,
    'asks who is signed in': 19_300,
    'reads a value': 23_900,
    'changes a value': 55_000,
  },
  express: {
    'no cookie': 20_400,
    'a malformed cookie': 21_500,
    'an unknown token': 30_000,
    'looks at nothing': 30_600,
    'asks who is signed in': 32_200,
    'reads a value': 37_300,
    'changes a value': 72_000,
  },
  dropIn: {
    'no cookie': 6500,
    'a malformed cookie': 7950,
    'looks at nothing': 38_200,
    'reads a value': 38_200,
    'changes a value': 57_200,
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
