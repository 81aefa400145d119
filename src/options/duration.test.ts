import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidOptionError } from '../errors.js'
import { formatDuration, parseDuration } from './duration.js'

describe('a duration', () => {
  it.each([
    [1, 1],
    [1_500, 1_500],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['1ms', 1],
    ['500ms', 500],
    ['30s', 30_000],
    ['30m', 1_800_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
    ['1.5s', 1_500],
    ['0.5d', 43_200_000],
    ['0.0005s', 1],
    ['007s', 7_000],
  ])('of %j is %i ms', (value, ms) => {
    expect(parseDuration('idleTimeout', value)).toBe(ms)
  })

  it.each([
    ...[0, -0, -1, 0.5, 1.5, NaN, Infinity, -Infinity, 2 ** 53, 1e300].map((value) => [value]),
    ...[
      '',
      ' ',
      '0',
      '30',
      '0s',
      '0ms',
      '0.0001s',
      '-5s',
      '+5s',
      '5 s',
      ' 5s',
      '5s ',
      '5s\n',
      '30x',
      '5S',
      '5sec',
      '5m30s',
    ].map((value) => [value]),
    ...[
      '.5s',
      '5.s',
      '1e3s',
      '0x10s',
      'Infinitys',
      'NaNms',
      '1_000ms',
      '1,5s',
      '٣s',
      '９s',
      's',
      `${'9'.repeat(20)}d`,
      `${'9'.repeat(400)}ms`,
    ].map((value) => [value]),
    ...[null, undefined, true, [], ['5s'], [5], {}, new Date(5), 5n].map((value) => [value]),
  ])('TO-5: is not %s', (value) => {
    const parse = (): unknown => parseDuration('remember.idleTimeout', value)
    expect(parse).toThrow(InvalidOptionError)
    expect(parse).toThrow(expect.objectContaining({ option: 'remember.idleTimeout' }) as Error)
  })

  it('TO-5: is a positive whole number of milliseconds, or refused, whatever is given', () => {
    const units = fc.constantFrom('ms', 's', 'm', 'h', 'd', 'x', '')
    const texts = fc
      .tuple(fc.oneof(fc.double().map(String), fc.nat().map(String)), units)
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(texts, fc.double(), fc.anything()), (value) => {
        let ms: number
        try {
          ms = parseDuration('deadline', value)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidOptionError)
          return
        }
        expect(Number.isSafeInteger(ms) && ms > 0).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a duration as text', () => {
  it.each([
    [1, '1ms'],
    [1_500, '1500ms'],
    [10_000, '10s'],
    [5_400_000, '90m'],
    [43_200_000, '12h'],
    [86_400_000, '1d'],
    [7_776_000_000, '90d'],
  ])('of %i ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
    expect(parseDuration('idleTimeout', text)).toBe(ms)
  })
})
