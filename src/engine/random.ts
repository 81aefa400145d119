import { randomFillSync } from 'node:crypto'

const pool = Buffer.allocUnsafeSlow(4096)
let used = pool.length

/**
 * Random bytes from the system's generator (CSPRNG), as base64url text without padding.
 *
 * They come from a pool of 4 KiB, because a system call per token costs ten times the rest of it. Bytes are wiped from the pool as they
 * are used. If the generator fails, this throws: there is no weaker fallback.
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
