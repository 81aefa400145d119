import { randomFillSync } from 'node:crypto'

const pool = Buffer.allocUnsafeSlow(4096)
let used = pool.length

/**
 * Fresh randomness from the system's generator (CSPRNG), as base64url text without padding.
 *
 * Drawn from a pool that is filled 4 KiB at a time, because one system call per token costs ten times the rest of it.
 * Bytes are wiped as they are handed out. When the generator fails, so does the call: there is no weaker fallback.
 */
export function randomText(bytes: number): string {
  if (used + bytes > pool.length) {
    used = pool.length // stays empty if the generator throws
    randomFillSync(pool)
    used = 0
  }
  const text = pool.toString('base64url', used, used + bytes)
  pool.fill(0, used, used + bytes)
  used += bytes
  return text
}
