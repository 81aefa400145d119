import { InvalidOptionError } from '../errors.js'

/** Milliseconds as a number, or a number with a unit: `'500ms'`, `'30s'`, `'30m'`, `'12h'`, `'7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The duration in whole milliseconds. Throws `InvalidOptionError` unless it is positive and finite. */
export function parseDuration(option: string, value: unknown): number {
  const ms = typeof value === 'string' ? parseText(value) : value
  if (typeof ms === 'number' && Number.isSafeInteger(ms) && ms > 0) return ms
  throw new InvalidOptionError(option, `must be a duration such as '30m' or a whole number of milliseconds above 0`)
}

/**
 * The same for the lifetime of sessions. A number below `least` was probably meant as seconds or minutes, so it throws; text with a unit
 * does not.
 */
export function parseTimeout(option: string, value: unknown, least = 1000): number {
  const ms = parseDuration(option, value)
  if (typeof value === 'string' || ms >= least) return ms
  throw new InvalidOptionError(
    option,
    `is ${ms} milliseconds, which is probably a mistake; write '${ms}s' or '${ms}m', or ${ms} * 60_000; or '${ms}ms' if you mean it`,
  )
}

// The limit of setTimeout.
const longestMs = 2 ** 31 - 1

/** The option `deadline` in ms. Throws `InvalidOptionError` for anything but a duration that a timer can wait for. */
export function parseDeadline(value: unknown): number {
  const ms = parseDuration('deadline', value)
  if (ms <= longestMs) return ms
  throw new InvalidOptionError('deadline', 'is longer than a timer can wait')
}

/** The duration as text that `parseDuration` reads, in the largest unit that needs no fraction. */
export function formatDuration(ms: number): Duration {
  const unit = (['d', 'h', 'm', 's'] as const).find((name) => ms % unitMs[name] === 0) ?? 'ms'
  return `${ms / unitMs[unit]}${unit}`
}

function parseText(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? []
  return amount === undefined ? undefined : Math.round(Number(amount) * unitMs[unit as keyof typeof unitMs])
}
